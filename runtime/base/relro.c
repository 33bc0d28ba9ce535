/*
 * Makes the relocated constants of this program read-only before anything else
 * runs. The linker puts them into PT_GNU_RELRO; a dynamic loader, and glibc in
 * its own static programs, then calls mprotect(2). musl does so in neither of
 * its start files, so tables of function pointers would stay writable.
 * Linked into every program by the Makefile; there is nothing to call.
 * Source: ELF gABI (program header), musl 1.2.5 ldso/dlstart.c.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Placed by the linker at the first byte of the image, wherever it landed. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

/*
 * The region ends at a page boundary (the linker pads it). Its first page may
 * begin below the region: that part belongs to the same segment and holds
 * nothing that is written after relocation, as in every dynamic loader.
 */
static int relro_protect(uintptr_t base, const Elf64_Phdr *segment)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (base + segment->p_vaddr) & ~(page - 1);
	uintptr_t end = (base + segment->p_vaddr + segment->p_memsz) &
			~(page - 1);

	return mprotect((void *)start, end - start, PROT_READ);
}

/* Priority 101 is the first one a program may use. */
__attribute__((constructor(101))) static void relro_apply(void)
{
	uintptr_t base = (uintptr_t)&__ehdr_start;
	const Elf64_Phdr *segments =
		(const Elf64_Phdr *)(base + __ehdr_start.e_phoff);

	for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
		if (segments[i].p_type != PT_GNU_RELRO)
			continue;
		/* Nobody is there yet to report to; going on is worse. */
		if (relro_protect(base, &segments[i]) != 0)
			__builtin_trap();
	}
}
