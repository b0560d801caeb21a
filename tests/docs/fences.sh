# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# To be sourced: what a document says, as a script. A fence with a file name ("python hold.py") becomes that file, and each line of a fence "sh"
# is run. A heading names the part of the document, as far as the next heading; without one it is all of it.

# steps KINDS DOCUMENT [HEADING]: KINDS is "file", "sh" or both.
steps() {
	awk -v kinds="$1" -v wanted="${3:-}" '
		!fence && /^#/ { on = ($0 ~ "^#+ " && substr($0, index($0, " ") + 1) == wanted); next }
		(on || wanted == "") && !fence && /^```[a-z]/ {
			fence = NF == 2 ? "file" : substr($1, 4)
			if (index(kinds, fence) && fence == "file") {
				if ($2 ~ "/") print "mkdir -p $(dirname " $2 ")"
				print "cat >" $2 " <<\"END OF FILE\""
			}
			next
		}
		fence && /^```$/ { if (index(kinds, fence) && fence == "file") print "END OF FILE"; fence = ""; next }
		(fence == "sh" || fence == "file") && index(kinds, fence)
		!fence && /^```/ { fence = "other" }' "$2"
}

# told DOCUMENT [HEADING]: what its programs print, the fences "text".
told() {
	awk -v wanted="${2:-}" '
		!fence && /^#/ { on = ($0 ~ "^#+ " && substr($0, index($0, " ") + 1) == wanted) }
		fence && /^```$/ { fence = 0; next }
		fence && text
		!fence && /^```/ { fence = 1; text = (on || wanted == "") && $0 == "```text" }' "$1"
}

# follow_script COMMANDS EXPECTED: runs the script in this folder; the last that it prints must be EXPECTED. What tools warn of, as a new JDK
# does, is not what a program prints.
follow_script() {
	local lines
	lines=$(wc -l <<<"$2")
	bash "$1" >output 2>complaints || { cat output complaints && return 1; }
	sed -i 's/\x1b\[[0-9;]*m//g' output # Maven ends its colours even where it has none
	[ -n "$2" ] && [ "$(tail -n "$lines" output)" = "$2" ] && return 0
	printf 'the document says:\n%s\nbut it was:\n' "$2" && cat output
	return 1
}
