/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* To be preloaded: a heap of one mapping, which neither grows nor shrinks, so that all mappings that come and go are those of others. glibc's malloc() can be
 * told to keep still (mallopt(3)), musl's cannot. Blocks have sizes of powers of two, and those that were given back wait in a list for each size. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define HEAP     ((size_t)1 << 30)
#define SMALLEST ((size_t)32)
#define SIZES    26

struct block {
	_Alignas(16) size_t size;
	struct block *next;
};

static _Alignas(16) unsigned char heap[HEAP];
static size_t used;
static struct block *idle[SIZES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t room(const struct block *block)
{
	return (SMALLEST << block->size) - sizeof *block;
}

static struct block *taken(size_t size)
{
	struct block *block = idle[size];

	if (block) {
		idle[size] = block->next;
	} else if ((SMALLEST << size) <= HEAP - used) {
		block = (void *)(heap + used);
		used += SMALLEST << size;
		block->size = size;
	}
	return block;
}

void *malloc(size_t length)
{
	struct block *block;
	size_t size = 0;

	while (size < SIZES && (SMALLEST << size) - sizeof *block < length)
		size++;
	pthread_mutex_lock(&lock);
	block = size < SIZES ? taken(size) : NULL;
	pthread_mutex_unlock(&lock);
	if (!block)
		errno = ENOMEM;
	return block ? block + 1 : NULL;
}

void free(void *memory)
{
	struct block *block = (struct block *)memory - 1;

	if (!memory)
		return;
	pthread_mutex_lock(&lock);
	block->next = idle[block->size];
	idle[block->size] = block;
	pthread_mutex_unlock(&lock);
}

void *calloc(size_t count, size_t length)
{
	void *memory = length && count > HEAP / length ? NULL : malloc(count * length);

	if (memory)
		memset(memory, 0, count * length);
	else
		errno = ENOMEM;
	return memory;
}

void *realloc(void *memory, size_t length)
{
	struct block *block = (struct block *)memory - 1;
	void *moved;

	if (memory && length <= room(block))
		return memory;
	moved = malloc(length);
	if (moved && memory) {
		memcpy(moved, memory, room(block));
		free(memory);
	}
	return moved;
}
