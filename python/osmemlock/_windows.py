# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the doctor reads of Windows, in its registry. Each returns whether all is well (None: unknown) and what it found."""
import sys

_CONTROL = "SYSTEM\\CurrentControlSet\\Control\\"
_LOCAL_DUMPS = "SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps"


def _value(key: str, name: str) -> object:
    """None: there is no such value, or no such key."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                value: object = winreg.QueryValueEx(opened, name)[0]
                return value
        except OSError:
            return None
    return None


def page_file() -> tuple[bool | None, str]:
    files = _value(_CONTROL + "Session Manager\\Memory Management", "PagingFiles")
    if not isinstance(files, list):
        return None, "the registry does not name it"
    named = [name for name in files if name.strip()]
    encrypted = _value(_CONTROL + "FileSystem", "NtfsEncryptPagingFile") == 1
    return not named or encrypted, "none" if not named else "encrypted" if encrypted else f"{named[0].split()[0]}, not encrypted by NTFS"


def hibernation() -> tuple[bool | None, str]:
    enabled = _value(_CONTROL + "Power", "HibernateEnabled")
    if enabled is None:
        return None, "the registry does not say"
    return enabled == 0, "switched on" if enabled else "switched off"


def error_reports() -> tuple[bool | None, str]:
    kind = _value(_LOCAL_DUMPS, "DumpType")
    return kind is None, "no file is kept of a crash" if kind is None else "a file is kept of each crash (LocalDumps)"


def crash_dump() -> tuple[bool | None, str]:
    kind = _value(_CONTROL + "CrashControl", "CrashDumpEnabled")
    if kind is None:
        return None, "the registry does not say"
    return kind != 1, "a complete memory dump" if kind == 1 else "the kernel's memory at most"
