/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "kvm/kvm.h"
#include "kvm/probe-guest.h"

/* That /dev/kvm exists does not mean that it can run Linux: there are machines whose KVM has no VMX or SVM under
 * it and emulates instructions one by one, and stops at those that it does not know. A guest then hangs or is
 * paused without a word. So a vCPU is made and led through the instructions that such a KVM stops at.
 *
 * It runs in a child process: whatever the kernel does with it, this one goes on after two seconds. */

#define TIMEOUT_MS 2000 /* milliseconds are normal; a KVM inside an emulated machine needed 1.2 s the first time */

typedef struct Machine {
    int kvm, vm, vcpu;
    guint8 *memory;
    struct kvm_run *run;
    bool xsave;
    char *text; /* result, RESULT_MAX bytes */
} Machine;

enum { RESULT_MAX = 256 };

static bool fail(Machine *machine, const char *what)
{
    g_snprintf(machine->text, RESULT_MAX, "%s: %s", what, g_strerror(errno));
    return false;
}

static bool make_vm(Machine *machine, const char *device)
{
    machine->kvm = open(device, O_RDWR | O_CLOEXEC);
    if (machine->kvm < 0) {
        const char *remedy = errno == ENOENT ? " (the kernel module kvm_intel or kvm_amd is not loaded, or virtualization is off in the BIOS)"
                             : errno == EACCES ? " (add the user to the group kvm)"
                                               : "";
        g_snprintf(machine->text, RESULT_MAX, "%s: %s%s", device, g_strerror(errno), remedy);
        return false;
    }
    int version = ioctl(machine->kvm, KVM_GET_API_VERSION, 0);
    if (version != KVM_API_VERSION) {
        g_snprintf(machine->text, RESULT_MAX, "%s: KVM's interface has version %d, not %d", device, version, KVM_API_VERSION);
        return false;
    }
    machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
    return machine->vm >= 0 || fail(machine, "KVM cannot make a virtual machine");
}

#ifdef __x86_64__
enum { CPUID_ENTRIES = 256 };

/* Give the vCPU all that KVM offers, and say whether XSAVE is part of it. */
static bool set_cpuid(Machine *machine)
{
    static struct {
        struct kvm_cpuid2 head;
        struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
    } cpuid;
    cpuid.head.nent = CPUID_ENTRIES;
    if (ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) < 0)
        return fail(machine, "KVM does not tell its CPU's features");
    for (guint32 i = 0; i < cpuid.head.nent; i++)
        if (cpuid.entries[i].function == 1)
            machine->xsave = cpuid.entries[i].ecx & (1u << 26);
    return ioctl(machine->vcpu, KVM_SET_CPUID2, &cpuid) == 0 || fail(machine, "KVM refuses the CPU features that it offers");
}

static struct kvm_segment segment(guint16 selector, guint8 type, bool code)
{
    return (struct kvm_segment){
        .limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1, .g = 1, .l = code, .db = !code};
}

/* 64-bit mode as a kernel sets it up: paging, write protection, SSE, XSAVE. */
static bool set_registers(Machine *machine)
{
    struct kvm_sregs sregs;
    if (ioctl(machine->vcpu, KVM_GET_SREGS, &sregs) < 0)
        return fail(machine, "KVM does not show its registers");
    sregs.cs = segment(GUEST_CODE_SELECTOR, 11, true);
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment(GUEST_DATA_SELECTOR, 3, false);
    sregs.tr = (struct kvm_segment){.base = GUEST_TSS, .limit = 0x67, .selector = GUEST_TSS_SELECTOR, .type = 11, .present = 1};
    sregs.gdt = (struct kvm_dtable){.base = GUEST_GDT, .limit = GUEST_GDT_BYTES - 1};
    sregs.idt = (struct kvm_dtable){.base = GUEST_IDT, .limit = GUEST_IDT_BYTES - 1};
    sregs.cr3 = GUEST_PML4;
    sregs.cr4 = 0x20 | 0x200 | 0x400 | (machine->xsave ? 0x40000 : 0); /* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE */
    sregs.cr0 = 0x80050033;                                            /* PG, AM, WP, NE, ET, MP, PE */
    sregs.efer = 0x500;                                                /* LME, LMA */
    if (ioctl(machine->vcpu, KVM_SET_SREGS, &sregs) < 0)
        return fail(machine, "KVM refuses 64-bit mode");

    struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs = {{.xcr = 0, .value = 3}}}; /* x87 and SSE */
    if (machine->xsave && ioctl(machine->vcpu, KVM_SET_XCRS, &xcrs) < 0)
        return fail(machine, "KVM refuses XCR0");
    struct kvm_regs regs = {.rip = GUEST_CODE, .rsp = GUEST_STACK_TOP, .rflags = 2};
    return ioctl(machine->vcpu, KVM_SET_REGS, &regs) == 0 || fail(machine, "KVM refuses registers");
}

static bool make_vcpu(Machine *machine)
{
    /* Intel CPUs without "unrestricted guest" need these pages; others do not mind. */
    guint64 identity = 0xfffbc000;
    ioctl(machine->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
    ioctl(machine->vm, KVM_SET_TSS_ADDR, 0xfffbd000);

    machine->memory = mmap(NULL, GUEST_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (machine->memory == MAP_FAILED)
        return fail(machine, "no memory");
    struct kvm_userspace_memory_region region = {.memory_size = GUEST_MEMORY, .userspace_addr = (guintptr)machine->memory};
    if (ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
        return fail(machine, "KVM refuses memory");
    machine->vcpu = ioctl(machine->vm, KVM_CREATE_VCPU, 0);
    if (machine->vcpu < 0)
        return fail(machine, "KVM cannot make a virtual CPU");
    int size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    machine->run = size > 0 ? mmap(NULL, (gsize)size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0) : MAP_FAILED;
    if (machine->run == MAP_FAILED)
        return fail(machine, "KVM does not share its virtual CPU");
    if (!set_cpuid(machine))
        return false;
    probe_guest_load(machine->memory, machine->xsave);
    return set_registers(machine);
}

static const char *exit_name(guint32 reason)
{
    switch (reason) {
    case KVM_EXIT_INTERNAL_ERROR:
        return "KVM_EXIT_INTERNAL_ERROR";
    case KVM_EXIT_SHUTDOWN:
        return "KVM_EXIT_SHUTDOWN (a triple fault)";
    case KVM_EXIT_FAIL_ENTRY:
        return "KVM_EXIT_FAIL_ENTRY";
    case KVM_EXIT_MMIO:
        return "KVM_EXIT_MMIO";
    case KVM_EXIT_HLT:
        return "KVM_EXIT_HLT";
    default:
        return NULL;
    }
}

static bool run(Machine *machine)
{
    int r;
    while ((r = ioctl(machine->vcpu, KVM_RUN, 0)) < 0 && (errno == EINTR || errno == EAGAIN))
        ;
    const char *stage = probe_guest_stage(machine->memory);
    const struct kvm_run *exit = machine->run;
    if (r < 0) {
        g_snprintf(machine->text, RESULT_MAX, "KVM_RUN failed at %s (%s): it cannot run a 64-bit Linux", stage, g_strerror(errno));
        return false;
    }
    if (exit->exit_reason == KVM_EXIT_IO && exit->io.port == GUEST_PORT_DONE) {
        g_snprintf(machine->text, RESULT_MAX, "a 64-bit probe ran to its end");
        return true;
    }
    if (exit->exit_reason == KVM_EXIT_IO) {
        g_snprintf(machine->text, RESULT_MAX, "the virtual CPU gave a wrong result at %s: it cannot run a 64-bit Linux", stage);
        return false;
    }
    const char *name = exit_name(exit->exit_reason);
    g_autofree char *number = g_strdup_printf("exit reason %u", exit->exit_reason);
    g_snprintf(machine->text, RESULT_MAX, "KVM gave %s at %s: it cannot run a 64-bit Linux", name ? name : number, stage);
    return false;
}
#else
static bool make_vcpu(Machine *machine)
{
    return true; /* a KVM without hardware under it is known on x86 only */
}

static bool run(Machine *machine)
{
    g_snprintf(machine->text, RESULT_MAX, "KVM made a virtual machine");
    return true;
}
#endif

/* In the child: the result is one byte and a text. */
static void probe_and_exit(const char *device, int to)
{
    char result[1 + RESULT_MAX] = "";
    Machine machine = {.text = result + 1};
    bool ok = make_vm(&machine, device) && make_vcpu(&machine) && run(&machine);
    result[0] = ok ? 'y' : 'n';
    if (write(to, result, 1 + strlen(result + 1)) < 0)
        _exit(1);
    _exit(0);
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    for (int i = 0; i < 100 && waitpid(child, NULL, WNOHANG) == 0; i++)
        g_usleep(1000); /* one that the kernel cannot end is left behind */
}

bool kvm_probe_cpu(const char *device, char **reason)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        *reason = g_strdup_printf("no pipe: %s", g_strerror(errno));
        return false;
    }
    Fd from = ends[0];
    pid_t child = fork();
    if (child == 0)
        probe_and_exit(device ? device : "/dev/kvm", ends[1]);
    close(ends[1]);
    if (child < 0) {
        *reason = g_strdup_printf("no process: %s", g_strerror(errno));
        return false;
    }
    char result[1 + RESULT_MAX] = "";
    struct pollfd ready = {.fd = from, .events = POLLIN};
    int r;
    while ((r = poll(&ready, 1, TIMEOUT_MS)) < 0 && errno == EINTR)
        ;
    ssize_t n = r > 0 ? read(from, result, sizeof(result) - 1) : 0;
    end_child(child);
    if (n > 1)
        *reason = g_strdup(result + 1);
    else
        *reason = g_strdup(r == 0 ? "the 64-bit probe did not end within 2 s: it cannot run a 64-bit Linux" : "the 64-bit probe was killed");
    return n > 1 && result[0] == 'y';
}
