# SPDX-License-Identifier: MIT OR Apache-2.0
"""Constants of the header, with the comment behind each."""
import re

DEFINE = re.compile(r"#define\s+(OSML_\w+)\s+([^/\n]+?)\s*(?:/\*\s*(.*?)\s*\*/)?$", re.DOTALL | re.MULTILINE)
VALUE = re.compile(r"^\s*(OSML_\w+)\s*=\s*(\d+),?[ \t]*(?:/\*\s*(.*?)\s*\*/)?", re.DOTALL | re.MULTILINE)
ERROR = re.compile(r'X\((OSML_\w+), (-\d+), "(.*?)"\)')


def constants(code):
    """[(name, value, text)], or nothing where CODE is something else."""
    code = code.replace("\\\n", "\n")
    if "OSML_ERROR_MAP(X)" in code:
        return ERROR.findall(code)
    found = VALUE.findall(code) if code.startswith("enum") else DEFINE.findall(code) if code.startswith("#define") else []
    if any("(" in name for name, _, _ in found) or "OSML_BUFFER_OPTIONS_INIT" in [name for name, _, _ in found]:
        return []
    return [(name, " ".join(value.split()), " ".join(text.split())) for name, value, text in found]
