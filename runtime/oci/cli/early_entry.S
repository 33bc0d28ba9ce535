/* SPDX-License-Identifier: MIT */
/* The entry point of build/cloister, see early.h: C has no word for the first
 * stack pointer, and libc's system calls set errno, which is not there yet. */

	.section .text.early, "ax", @progbits
	.globl early_entry
	.hidden early_entry
	.type early_entry, @function
early_entry:
	xor %ebp, %ebp
	mov %rsp, %rdi
	call early_protect
	jmp _start
	.size early_entry, . - early_entry

	.globl early_call
	.hidden early_call
	.type early_call, @function
early_call:
	mov %rdi, %rax
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %r10
	mov %r9, %r8
	syscall
	ret
	.size early_call, . - early_call

	.section .note.GNU-stack, "", @progbits
