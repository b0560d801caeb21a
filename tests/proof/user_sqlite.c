/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SQLite on the heap: sqlite3_config(SQLITE_CONFIG_MALLOC). It asks for the size of a block, which the heap does not tell, so that lies before it. */
#include "user.h"

#include <sqlite3.h>
#include <string.h>

#define HEAD 16

static sqlite3 *db;
static sqlite3_stmt *row;

static void *with_size(unsigned char *block, int n)
{
	if (!block)
		return NULL;
	memcpy(block, &n, sizeof n);
	return block + HEAD;
}

static void *allocate(int n)
{
	return with_size(user_allocator->allocate((size_t)n + HEAD), n);
}

static void release(void *p)
{
	user_allocator->release((unsigned char *)p - HEAD);
}

static void *move(void *p, int n)
{
	return with_size(user_allocator->move((unsigned char *)p - HEAD, (size_t)n + HEAD), n);
}

static int size(void *p)
{
	int n = 0;

	if (p)
		memcpy(&n, (unsigned char *)p - HEAD, sizeof n);
	return n;
}

static int round_up(int n)
{
	return (n + 7) & ~7;
}

static int start(void *context)
{
	(void)context;
	return SQLITE_OK;
}

static void stop(void *context)
{
	(void)context;
}

static void run(const char *sql, const char *secret, size_t len)
{
	sqlite3_stmt *statement;

	user_must(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, sql);
	sqlite3_bind_text(statement, 1, secret, (int)len, SQLITE_TRANSIENT);
	while (sqlite3_step(statement) == SQLITE_ROW)
		continue;
	user_must(sqlite3_finalize(statement) == SQLITE_OK, sql);
}

void user_work(const char *secret, size_t len)
{
	static const sqlite3_mem_methods methods = { allocate, release, move, size, round_up, start, stop, NULL };

	user_must(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK, "sqlite3_config");
	user_must(sqlite3_open(":memory:", &db) == SQLITE_OK, "sqlite3_open");
	run("PRAGMA temp_store = MEMORY", secret, len);
	run("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)", secret, len);
	for (int i = 0; i < 200; i++)
		run("INSERT INTO t(b) VALUES (?1)", secret, len);
	run("CREATE INDEX i ON t(b)", secret, len);
	run("UPDATE t SET b = b || a || ?1 WHERE a % 3 = 0", secret, len);
	run("SELECT group_concat(b), upper(b) FROM t WHERE b >= ?1 GROUP BY b ORDER BY b DESC", secret, len);
	run("DELETE FROM t WHERE a % 2 = 0 AND b LIKE ?1 || '%'", secret, len);
	user_must(sqlite3_prepare_v2(db, "SELECT b FROM t WHERE a = 1", -1, &row, NULL) == SQLITE_OK, "SELECT");
	user_must(sqlite3_step(row) == SQLITE_ROW && memcmp(sqlite3_column_text(row, 0), secret, len) == 0, "the row");
}

void user_end(void)
{
	sqlite3_finalize(row);
	user_must(sqlite3_close(db) == SQLITE_OK, "sqlite3_close");
	sqlite3_shutdown();
}
