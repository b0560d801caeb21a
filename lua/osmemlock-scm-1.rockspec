-- SPDX-License-Identifier: MIT OR Apache-2.0
--
-- From the top of the repository: luarocks make lua/osmemlock-scm-1.rockspec
-- It needs a C compiler and the headers of Lua, no CMake. The files of the core are those for Linux; tests/lint/rockspec.py holds the list
-- to the two CMakeLists.txt.
rockspec_format = "3.0"
package = "osmemlock"
version = "scm-1"
source = {
    url = ".",
}
description = {
    summary = "Secrets in locked memory: out of swap, core dumps and forked children, and wiped",
    license = "MIT OR Apache-2.0",
}
supported_platforms = { "linux" }
dependencies = {
    "lua >= 5.1, < 5.6",
}
build = {
    type = "builtin",
    modules = {
        osmemlock = {
            defines = { "_DEFAULT_SOURCE" }, -- also where CFLAGS has -std=c99
            incdirs = { "core/include", "bindings" },
            libraries = { "dl", "pthread" },
            sources = {
                "lua/src/arguments.c", "lua/src/buffer.c", "lua/src/bytes.c", "lua/src/collector.c", "lua/src/command.c",
                "lua/src/coredump.c", "lua/src/equal.c", "lua/src/error.c", "lua/src/errormode.c", "lua/src/expose.c", "lua/src/ffi.c", "lua/src/file.c",
                "lua/src/handover.c", "lua/src/heap.c", "lua/src/memlock.c", "lua/src/module.c", "lua/src/options.c", "lua/src/process.c",
                "lua/src/report.c", "lua/src/scope.c", "lua/src/source.c", "lua/src/text.c",
                "core/src/arena.c", "core/src/blocks.c", "core/src/buffer.c", "core/src/bytes.c", "core/src/cache.c", "core/src/canary.c", "core/src/codec.c", "core/src/command.c", "core/src/copy.c",
                "core/src/coredump.c", "core/src/cpu.c", "core/src/error.c", "core/src/errormode.c", "core/src/handle.c", "core/src/heap.c", "core/src/life.c",
                "core/src/limit.c", "core/src/mapping.c", "core/src/memlock.c", "core/src/pages.c", "core/src/pagestate.c", "core/src/pagerefs.c",
                "core/src/pool.c", "core/src/process.c", "core/src/prompt.c", "core/src/reader.c", "core/src/reason.c", "core/src/region.c",
                "core/src/report.c", "core/src/scrub.c", "core/src/source.c", "core/src/spare.c", "core/src/storage.c", "core/src/sweep.c",
                "core/src/text.c", "core/src/textflags.c", "core/src/unfit.c", "core/src/variable.c", "core/src/version.c", "core/src/wait.c",
                "core/src/wipe.c", "core/src/word.c",
                "core/src/os/memory-posix.c", "core/src/os/lock-linux.c", "core/src/os/lockonfault-linux.c", "core/src/os/nodump-linux.c", "core/src/os/fork-linux.c",
                "core/src/os/secret-linux.c", "core/src/os/verify-linux.c", "core/src/os/random-getrandom.c",
                "core/src/os/corelimit-posix.c", "core/src/os/dumpable-linux.c", "core/src/os/quota-linux.c", "core/src/os/proc-linux.c",
                "core/src/os/errormode-none.c", "core/src/os/runtime-linux.c", "core/src/os/error-posix.c", "core/src/os/thread-posix.c",
                "core/src/os/barrier-linux.c", "core/src/os/stack-linux.c", "core/src/os/file-posix.c", "core/src/os/child-posix.c", "core/src/os/childstatus-linux.c", "core/src/os/env-posix.c", "core/src/os/initialenv-linux.c",
                "core/src/os/terminal-linux.c", "core/src/os/writable-linux.c",
            },
        },
    },
}
