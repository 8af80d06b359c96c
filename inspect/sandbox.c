/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian's user that owns nothing (base-passwd), without asking a name service: that would load code and open sockets. */
#define NOBODY 65534

#define MIB (UINT64_C(1) << 20)

/* ASan's own shadow memory is larger than any limit. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_LIMITED false
#else
#define MEMORY_IS_LIMITED true
#endif

static void close_others(int kept_a, int kept_b)
{
    unsigned first = (unsigned)(kept_a < kept_b ? kept_a : kept_b), second = (unsigned)(kept_a < kept_b ? kept_b : kept_a);
    if (kept_a < 0 || kept_b < 0)
        first = second;
    if (first > 0)
        close_range(0, first - 1, 0);
    if (second > first + 1)
        close_range(first + 1, second - 1, 0);
    close_range(second + 1, ~0U, 0);
}

static bool set_limit(int resource, rlim_t value)
{
    struct rlimit limit = {value, value}, now;
    if (getrlimit(resource, &now) == 0 && now.rlim_max < value)
        limit.rlim_cur = limit.rlim_max = now.rlim_max; /* somebody gave us less: that is fine, and more is not to be had */
    return setrlimit(resource, &limit) == 0;
}

/* NOFILE comes last: what is open stays. NPROC counts for nobody's processes, and not for root's. */
static bool take_limits(unsigned cpu_s)
{
    bool memory = !MEMORY_IS_LIMITED ||
                  (set_limit(RLIMIT_DATA, SANDBOX_MEMORY_MIB * MIB) && set_limit(RLIMIT_AS, 8 * SANDBOX_MEMORY_MIB * MIB));
    return memory && set_limit(RLIMIT_CPU, cpu_s) && set_limit(RLIMIT_FSIZE, 0) && set_limit(RLIMIT_CORE, 0) &&
           set_limit(RLIMIT_NPROC, 0) && set_limit(RLIMIT_MEMLOCK, 0) && set_limit(RLIMIT_NOFILE, 0);
}

/* Where there is no such user (a container that maps root alone), root's rights over the host are not there either; what is left
 * is given up by the other layers, and the passport does not claim this one. */
static int give_up_privileges(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    if (geteuid() != 0)
        return 1;
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return errno == EINVAL ? 0 : -1;
    return setuid(0) == 0 ? -1 : 1; /* it must not come back */
}

/* All that this kernel can forbid, and no rule that allows any: glibc 2.36 has no functions for it. */
static bool take_landlock(void)
{
    static const uint64_t known[] = {
        (UINT64_C(1) << 13) - 1, /* version 1: execute, read and write files, list, remove and make */
        UINT64_C(1) << 13,       /* 2: link and rename between folders */
        UINT64_C(1) << 14,       /* 3: truncate */
    };
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    struct {
        uint64_t handled_access_fs;
    } rules = {0};
    for (long i = 0; i < version && i < (long)(sizeof known / sizeof *known); i++)
        rules.handled_access_fs |= known[i];
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset < 0)
        return false;
    bool held = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return held;
}

/* What reading an open file, memory and the end take; what ASan needs to report a fault is more. Memory never becomes code. */
static bool allow_calls(scmp_filter_ctx filter)
{
    static const int allowed[] = {
        SCMP_SYS(read),  SCMP_SYS(pread64), SCMP_SYS(write),         SCMP_SYS(lseek),         SCMP_SYS(fstat),   SCMP_SYS(brk),
        SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(mremap),        SCMP_SYS(exit),          SCMP_SYS(exit_group), SCMP_SYS(futex),
        SCMP_SYS(close), SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
        SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield),
#if defined(__SANITIZE_ADDRESS__)
        SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(readlink),
#endif
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
            return false;
    const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_code) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_code) == 0;
}

static bool take_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return false;
    bool held = allow_calls(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return held;
}

int sandbox_enter(unsigned wanted, unsigned cpu_s, int kept_a, int kept_b)
{
    int held = 0;
    clearenv();
    mallopt(M_ARENA_MAX, 1); /* else a malloc() that fails goes and counts the CPUs in /sys */
    close_others(kept_a, kept_b);
    if (wanted & SANDBOX_PRIVILEGES) {
        int given_up = give_up_privileges();
        if (given_up < 0)
            return -1;
        held |= given_up ? SANDBOX_PRIVILEGES : 0;
    } else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    if ((wanted & SANDBOX_LANDLOCK) && take_landlock()) /* needs one more file, which the limits would not give */
        held |= SANDBOX_LANDLOCK;
    if (wanted & SANDBOX_LIMITS) {
        if (!take_limits(cpu_s))
            return -1;
        held |= SANDBOX_LIMITS;
    }
    if ((wanted & SANDBOX_SECCOMP) && take_seccomp())
        held |= SANDBOX_SECCOMP;
    return held;
}
