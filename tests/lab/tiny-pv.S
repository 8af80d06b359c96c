# SPDX-License-Identifier: LGPL-2.1-or-later
# A Xen PV "kernel" that does nearly nothing: it prints one line on its console, tells xenconsoled
# through the console's event channel, and sleeps for ever. 8 MiB are plenty: for benchmarks.
#   gcc -nostdlib -static -no-pie -Wl,-Ttext-segment=0x100000 tiny-pv.S
# Numbers are those of Xen's public headers (elfnote.h, xen.h, event_channel.h, io/console.h).
	.section .note.Xen, "a", @note
	.macro note type, size, value:vararg
	.align 4
	.long 4, \size, \type
	.asciz "Xen"
	\value
	.endm
	note 6, 6, .asciz "linux"              # GUEST_OS: what loaders expect
	.align 4
	note 5, 8, .asciz "xen-3.0"            # XEN_VERSION
	note 1, 8, .quad _start                # ENTRY
	note 2, 8, .quad hypercalls            # HYPERCALL_PAGE
	note 3, 8, .quad 0                     # VIRT_BASE
	note 4, 8, .quad 0                     # PADDR_OFFSET
	note 9, 4, .asciz "yes"                # PAE_MODE
	note 8, 8, .asciz "generic"            # LOADER

	.text
	.globl _start
_start:	cld
	leaq stack_top(%rip), %rsp
	# start_info is in %rsi: console.domU.mfn at 72, console.domU.evtchn at 80. The ring page is
	# mapped right after start_info and the p2m: its address is known from mfn by the m2p table,
	# whose entries are page frame numbers of ours.
	movq 72(%rsi), %rax
	movabsq $0xffff800000000000, %rbx      # MACH2PHYS_VIRT_START
	movq (%rbx,%rax,8), %rdi
	shlq $12, %rdi                         # VIRT_BASE is 0: virtual is pseudo-physical
	movl 80(%rsi), %r12d
	# struct xencons_interface: out[2048] at 1024, out_prod at 3084
	leaq hello(%rip), %rbx
	xorl %ecx, %ecx
1:	movb (%rbx,%rcx), %al
	testb %al, %al
	jz 2f
	movb %al, 1024(%rdi,%rcx)
	incl %ecx
	jmp 1b
2:	mfence
	movl %ecx, 3084(%rdi)
	leaq port(%rip), %rsi
	movl %r12d, (%rsi)
	movl $4, %edi                          # EVTCHNOP_send
	call hypercalls + 32 * 32              # HYPERVISOR_event_channel_op
	# Not SCHEDOP_block: that lets events in, and there is no handler for them.
3:	movl $3, %edi                          # SCHEDOP_poll: no ports, no timeout
	leaq poll(%rip), %rsi
	call hypercalls + 32 * 29              # HYPERVISOR_sched_op
	jmp 3b

	.balign 4096
hypercalls:
	.skip 4096

	.section .rodata
hello:	.asciz "GUEST-UP mode=pv kernel=tiny\r\n"
	.data
	.balign 8
port:	.long 0
	.balign 8
poll:	.quad 0, 0, 0
	.bss
	.balign 16
	.skip 4096
stack_top:
