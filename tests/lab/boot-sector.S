# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest in 512 bytes, for hypervisors that cannot run Linux: prints HELLO-GUEST bootsector and
# "tick NNNN" each second on the first serial port, echoes what is typed as <c>, and powers off on
# the ACPI power button (PIIX4 and ICH9).
# gcc -c -m32 boot-sector.S && ld -m elf_i386 -Ttext 0x7c00 --oformat binary
	.code16
	.globl _start
_start: ljmp $0,$1f
1:	xorw %ax,%ax; movw %ax,%ds; movw %ax,%es; movw %ax,%ss; movw $0x7c00,%sp; sti
	movw $0x3f9,%dx; xorb %al,%al; outb %al,%dx      # IER=0
	movw $0x3fb,%dx; movb $0x80,%al; outb %al,%dx; movw $0x3f8,%dx; movb $1,%al; outb %al,%dx; incw %dx; xorb %al,%al; outb %al,%dx
	movw $0x3fb,%dx; movb $3,%al; outb %al,%dx
	# enable ACPI mode (SMI_CMD 0xb2 <- 0xf1) and PM1_EN power button
	movb $0xf1,%al; outb %al,$0xb2
	movw $0x602,%dx; movw $0x100,%ax; outw %ax,%dx; movw $hello,%si; call puts
	xorw %di,%di
mainl:	movl 0x46c,%ebx
2:	hlt
	# serial input -> echo in <>
	movw $0x3fd,%dx; inb %dx,%al; testb $1,%al; jz 3f
	movw $0x3f8,%dx; inb %dx,%al; pushw %ax; movb $'<',%al; call putc; popw %ax; call putc; movb $'>',%al; call putc
3:	# power button: PIIX4 PM1_STS 0x600 bit 8, ICH9 PM1_STS 0x600 too (SeaBIOS sets 0x600 both)
	movw $0x600,%dx; inw %dx,%ax; testw $0x100,%ax; jz 4f
	movw $bye,%si; call puts
	movw $0x604,%dx; movw $0x2000,%ax; outw %ax,%dx
4:	movl 0x46c,%eax; subl %ebx,%eax; cmpl $18,%eax; jb 2b
	incw %di; movw $tick,%si; call puts; movw %di,%ax; call hex; movb $10,%al; call putc
	jmp mainl
puts:	lodsb; testb %al,%al; jz 5f; call putc; jmp puts
5:	ret
putc:	pushw %dx; pushw %ax; movw $0x3fd,%dx
6:	inb %dx,%al; testb $0x20,%al; jz 6b; popw %ax; movw $0x3f8,%dx; outb %al,%dx; popw %dx; ret
hex:	movw $4,%cx
7:	rolw $4,%ax; pushw %ax; andb $15,%al; addb $'0',%al; cmpb $'9',%al; jbe 8f; addb $7,%al
8:	call putc; popw %ax; loop 7b; ret
hello:	.asciz "HELLO-GUEST bootsector\n"
tick:	.asciz "tick "
bye:	.asciz "BYE power button\n"
	.org 510
	.word 0xaa55
