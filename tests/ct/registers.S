/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Saves, and clears, the registers that a call may leave anything in. `vector_bytes` tells how long the vector registers are: 16, 32 or 64. */
	.text
	.globl save_registers, clear_registers

save_registers:
	mov %rax, general_registers+0(%rip)
	mov %rcx, general_registers+8(%rip)
	mov %rdx, general_registers+16(%rip)
	mov %rsi, general_registers+24(%rip)
	mov %rdi, general_registers+32(%rip)
	mov %r8, general_registers+40(%rip)
	mov %r9, general_registers+48(%rip)
	mov %r10, general_registers+56(%rip)
	mov %r11, general_registers+64(%rip)
	lea vector_registers(%rip), %rdi
	cmpl $32, vector_bytes(%rip)
	ja 2f
	je 1f
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu %xmm\n, \n*64(%rdi)
	.endr
	ret
1:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu %ymm\n, \n*64(%rdi)
	.endr
	ret
2:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vmovdqu64 %zmm\n, \n*64(%rdi)
	.endr
	ret

clear_registers:
	.irp n, 8, 9, 10, 11
	xor %r\n\()d, %r\n\()d
	.endr
	.irp n, eax, ecx, edx, esi, edi
	xor %\n, %\n
	.endr
	cmpl $32, vector_bytes(%rip)
	ja 2f
	je 1f
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pxor %xmm\n, %xmm\n
	.endr
	ret
1:
	vzeroall
	ret
2:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vpxorq %zmm\n, %zmm\n, %zmm\n
	.endr
	ret

	.section .note.GNU-stack, "", @progbits
