# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2034
# To be sourced by a script that makes a folder, starts programs, or changes the machine. All of it goes when the script ends, also by INT,
# TERM, HUP or KILL: a guard waits for the end of the script and undoes what is left (tests/tidy.py). What a guard could not undo, because it
# was killed too, the next script does.
#   work_folder NAME    makes a folder and sets `work`. With it go the mounts and the active swap files in it, and the programs started since
#   undo_later KIND ... notes what else must be undone, before it is made: cgroup FOLDER, mount FOLDER, folder FOLDER, value FILE CONTENT
#   alone               waits until no other script uses what a machine has once (swap)

tidy=$(realpath "$(dirname "${BASH_SOURCE[0]}")")/tidy.py

# A program that is started with SIGCHLD ignored learns nothing of its children: script(1) waits for ever, and Python takes each for a success. A
# shell passes that on and cannot change it, so the script begins anew without it.
ignored=$(sed -n 's/^SigIgn:\t//p' /proc/self/status 2>/dev/null)
if ((0x${ignored:-0} & 1 << ($(kill -l CHLD) - 1))); then
	mapfile -d '' -t started <"/proc/$$/cmdline"
	while [ "${started[0]}" != "$0" ]; do started=("${started[@]:1}"); done
	exec env --default-signal=CHLD "$(readlink "/proc/$$/fd/255")" "${started[@]:1}" # bash reads the script there; $0 may be relative
fi

# Programs such as apt-get catch SIGINT and end as if they had failed; without a trap bash would then go on.
trap 'exit 130' INT

# TERM, HUP and EXIT have no trap: the kernel then ends the script at once, not only when the program that it waits for ends, and bash 5.2 may
# break off in the middle of an EXIT trap and wait on. The guard alone undoes. It holds the output of the script until it is done, so that
# who reads that to its end (ctest, a pipe) goes on when nothing is left.
work_folder() {
	local swaps=/proc/swaps
	[ -r "$swaps" ] || swaps=/dev/null
	exec 8<"$swaps"
	{ work=$(OSML_TIDY='' python3 "$tidy" begin "$1" $$ <&8) || exit 1; } 7>&1
	export OSML_TIDY=$work
	exec 9<"$work/.mark"
}

undo_later() { (IFS=$'\t' && printf '%s\n' "$*") >>"$work/.undo"; }

# The lock belongs to descriptor 8, which the guard has as well: the kernel frees it when all is undone.
alone() {
	flock -n 8 || { echo "waiting until another run is done with the swap" && flock 8; } && python3 "$tidy" stale
}
