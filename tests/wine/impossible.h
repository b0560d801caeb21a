/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tests of tests/core that are built here and cannot hold on Windows, or below wine, and why. */
#ifndef WINE_IMPOSSIBLE_H
#define WINE_IMPOSSIBLE_H

#define ACCESS_NONE "Windows unlocks pages without access (ERROR_WAS_UNLOCKED), so a locked buffer is refused OSML_ACCESS_NONE"
#define SMAPS       "advice (madvise) is looked for in smaps, and Windows has none there"
#define RESERVED    "wine keeps released addresses mapped, without access"
#define OWN_CODES   "system codes and their texts are Windows' own: tests/wine/core_windows.c"
#define LINUX_LIST  "reads a list of mappings as Linux writes it"
#define CLEAN_SLATE "a test before it, which needs fork(), leaves its buffers open"
#define WINE_CODE   "wine answers ERROR_ACCESS_DENIED for every lock that is refused"
#define NO_PIPES    "POSIX' pipes, signals and codes: tests/wine/core_windows.c writes to Windows' own"
#define NOT_LOCKED  "osml_munlock() of pages that are not locked is ERROR_NOT_LOCKED on Windows (S10)"
#define EMULATOR    "qemu-user runs no programs of Windows"

static const struct {
	const char *test, *reason;
} impossible[] = {
	{ "every_call_works_on_an_open_buffer", ACCESS_NONE },
	{ "a_secret_that_cannot_be_read_is_not_encoded", ACCESS_NONE },
	{ "the_result_inherits_nothing", ACCESS_NONE },
	{ "random_regions_agree_with_an_array_of_counters", SMAPS },
	{ "dumps_are_excluded_until_the_last_such_region_leaves", SMAPS },
	{ "a_hole_leaves_everything_as_it_was", SMAPS },
	{ "dontdump_covers_exactly_the_pages_it_touches", SMAPS },
	{ "dontdump_works_for_an_ordinary_heap_block", SMAPS },
	{ "all_of_many_buffers_are_locked_and_cost_few_mappings", SMAPS },
	{ "read_only_memory_can_be_locked_and_excluded", SMAPS },
	{ "memory_unmapped_before_the_unlock_leaves_no_count", "Windows unlocks pages that are gone without an error" },
	{ "what_was_purged_stays_until_it_is_freed", RESERVED },
	{ "ordinary_pages_come_and_go_whole", RESERVED },
	{ "large_mappings_that_wait_for_the_next_buffer_are_unmapped", RESERVED },
	{ "a_huge_page_is_aligned_and_leaves_no_slack", "large pages need a privilege on Windows" },
	{ "the_commonest_system_errors_have_their_names", OWN_CODES },
	{ "a_system_error_has_the_text_of_the_system", OWN_CODES },
	{ "explain_says_more_where_there_is_more_to_say", OWN_CODES },
	{ "explain_of_the_limit_says_what_to_type", OWN_CODES },
	{ "setting_the_mode_is_unsupported_and_leaves_previous_alone", "Windows has the error mode: tests/wine/errors.c" },
	{ "suppressing_dialogs_is_unsupported_and_leaves_previous_alone", "Windows has the error mode: tests/wine/errors.c" },
	{ "previous_may_be_null", "Windows has the error mode: tests/wine/errors.c" },
	{ "a_list_that_does_not_show_all_of_the_pages_confirms_nothing", LINUX_LIST },
	{ "a_long_name_before_does_not_lose_the_lines_behind", LINUX_LIST },
	{ "a_signal_does_not_end_the_reading_and_an_error_does", LINUX_LIST },
	{ "an_address_that_begins_with_a_letter_is_an_address", LINUX_LIST },
	{ "the_flags_of_a_neighbour_count_for_nothing", LINUX_LIST },
	{ "what_is_not_inaccessible_up_to_the_very_edge_is_no_guard", LINUX_LIST },
	{ "what_one_look_misses_the_second_confirms", LINUX_LIST },
	{ "the_second_arena_is_as_large_as_the_first", CLEAN_SLATE },
	{ "idle_pages_go_back_to_the_system", CLEAN_SLATE },
	{ "what_a_call_writes_after_the_wipe_is_wiped_when_it_leaves", CLEAN_SLATE },
	{ "a_hole_is_enomem_and_nothing_behind_it_is_locked", WINE_CODE },
	{ "one_byte_at_null_is_enomem_of_the_system_unchanged", WINE_CODE },
	{ "inaccessible_memory_is_enomem_and_can_be_unlocked", WINE_CODE },
	{ "unlocking_what_is_not_locked_is_zero", NOT_LOCKED },
	{ "a_failed_region_of_several_runs_leaves_the_locks_of_others_alone", NOT_LOCKED },
	{ "no_lock_is_tried_again_where_the_quota_stays", "Windows raises it" },
	{ "the_lock_comes_last_and_before_the_first_byte", CLEAN_SLATE },
	{ "all_bytes_are_zero_before_they_are_unmapped", CLEAN_SLATE },
	{ "strict_gets_no_slot_of_an_arena_that_was_refused_something", CLEAN_SLATE },
	{ "the_default_policy_insists_on_the_lock_where_there_is_one_and_reports_the_rest", "it looks on in a child of fork()" },
	{ "under_an_emulator_a_buffer_claims_no_advice", EMULATOR },
	{ "under_an_emulator_strict_and_dump_exclusion_are_unsupported", EMULATOR },
	{ "what_was_refused_is_not_supported_and_all_else_is", "Windows has no SECRETMEM, and WIPEONFORK cannot be refused there" },
	{ "write_fd_delivers_every_byte_through_a_small_pipe", NO_PIPES },
	{ "write_fd_of_a_buffer_that_is_closed_meanwhile_is_eclosed", NO_PIPES },
	{ "write_fd_to_a_closed_descriptor_is_ebadf", NO_PIPES },
	{ "write_fd_to_a_pipe_without_a_reader_is_epipe_when_sigpipe_is_ignored", NO_PIPES },
	{ "after_a_failure_the_buffer_is_not_held", NO_PIPES },
};

#endif
