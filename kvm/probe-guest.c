/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/probe-guest.h"

#include <string.h>

#ifdef __x86_64__

/* GUEST_DATA: a byte that says where the code is, a byte that says whether to try XSAVE, a count of
 * breakpoints, and 16 bytes to exchange. As numbers, because assembly reads them too. */
#define STAGE 0x7000
#define WITH_XSAVE 0x7001
#define BREAKPOINTS 0x7008
#define PAIR 0x7010

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define NEXT(n) "movb $" #n "," TEXT(STAGE) "\n"

static const char *const stages[] = {
    "its first instruction", "a 64-bit stack", "lock cmpxchg16b", "fxrstor", "xrstor", "int3", "rdtsc", "cpuid", "SSE2", "its end",
};

/* What kernels do that instruction emulators do not know. Copied to GUEST_CODE; only relative jumps. */
extern const guint8 probe_guest_code[], probe_guest_breakpoint[], probe_guest_fault[], probe_guest_end[];
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        ".globl probe_guest_code, probe_guest_breakpoint, probe_guest_fault, probe_guest_end\n"
        ".hidden probe_guest_code, probe_guest_breakpoint, probe_guest_fault, probe_guest_end\n"
        "probe_guest_code:\n"
        NEXT(1)
        "movabsq $0x1122334455667788, %rax\n"
        "pushq %rax\n"
        "popq %rcx\n"
        "cmpq %rax, %rcx\n"
        "jne probe_guest_fault\n"
        NEXT(2)
        "xorl %eax, %eax\n"
        "xorl %edx, %edx\n"
        "movl $0x5678, %ebx\n"
        "movl $0x1234, %ecx\n"
        "lock cmpxchg16b " TEXT(PAIR) "\n"
        "jne probe_guest_fault\n"
        "cmpq $0x5678, " TEXT(PAIR) "\n"
        "jne probe_guest_fault\n"
        NEXT(3)
        "fninit\n"
        "movl $" TEXT(GUEST_FPU) ", %edi\n"
        "fxsaveq (%rdi)\n"
        "fxrstorq (%rdi)\n"
        "cmpb $0, " TEXT(WITH_XSAVE) "\n"
        "je 1f\n"
        NEXT(4)
        "movl $3, %eax\n"
        "xorl %edx, %edx\n"
        "addl $0x400, %edi\n"
        "xsaveq (%rdi)\n"
        "xrstorq (%rdi)\n"
        "1:\n"
        NEXT(5)
        "int3\n"
        "cmpl $1, " TEXT(BREAKPOINTS) "\n"
        "jne probe_guest_fault\n"
        NEXT(6)
        "rdtsc\n"
        NEXT(7)
        "xorl %eax, %eax\n"
        "cpuid\n"
        "testl %eax, %eax\n"
        "jz probe_guest_fault\n"
        NEXT(8)
        "movdqa " TEXT(PAIR) ", %xmm0\n"
        "paddq %xmm0, %xmm0\n"
        "movq %xmm0, %rax\n"
        "cmpq $0xacf0, %rax\n"
        "jne probe_guest_fault\n"
        NEXT(9)
        "outb %al, $" TEXT(GUEST_PORT_DONE) "\n"
        "hlt\n"
        "probe_guest_breakpoint:\n"
        "incl " TEXT(BREAKPOINTS) "\n"
        "iretq\n"
        "probe_guest_fault:\n"
        "outb %al, $" TEXT(GUEST_PORT_WRONG) "\n"
        "hlt\n"
        "probe_guest_end:\n"
        ".popsection\n");

static void put(guint8 *memory, gsize at, guint64 value)
{
    memcpy(memory + at, &value, sizeof(value));
}

/* Present, ring 0, 64-bit interrupt gate. */
static void gate(guint8 *memory, unsigned vector, const guint8 *handler)
{
    guint64 offset = GUEST_CODE + (guint64)(handler - probe_guest_code);
    put(memory, GUEST_IDT + vector * 16, (offset & 0xffff) | (GUEST_CODE_SELECTOR << 16) | (0x8e00ull << 32) | ((offset >> 16 & 0xffff) << 48));
}

void probe_guest_load(guint8 *memory, bool xsave)
{
    put(memory, GUEST_PML4, GUEST_PDPT | 3); /* present, writable */
    put(memory, GUEST_PDPT, GUEST_PD | 3);
    put(memory, GUEST_PD, 0 | 0x83); /* and 2 MiB large */
    put(memory, GUEST_GDT + GUEST_CODE_SELECTOR, 0x00af9b000000ffff);
    put(memory, GUEST_GDT + GUEST_DATA_SELECTOR, 0x00cf93000000ffff);
    put(memory, GUEST_GDT + GUEST_TSS_SELECTOR, 0x00008b0000000067 | ((guint64)GUEST_TSS << 16)); /* its upper half is zero */
    for (unsigned vector = 0; vector < 32; vector++)
        gate(memory, vector, vector == 3 ? probe_guest_breakpoint : probe_guest_fault);
    memcpy(memory + GUEST_CODE, probe_guest_code, (gsize)(probe_guest_end - probe_guest_code));
    memory[WITH_XSAVE] = xsave;
}

const char *probe_guest_stage(const guint8 *memory)
{
    return memory[STAGE] < G_N_ELEMENTS(stages) ? stages[memory[STAGE]] : "an unknown place";
}
#else
void probe_guest_load(guint8 *memory, bool xsave)
{
}

const char *probe_guest_stage(const guint8 *memory)
{
    return "its start";
}
#endif
