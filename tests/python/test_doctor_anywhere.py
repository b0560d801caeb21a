# SPDX-License-Identifier: MIT OR Apache-2.0
"""python -m osmemlock doctor: what holds on every system, and a Windows that is made up."""
import json
import platform
import re
import subprocess
import sys

import pytest

from osmemlock import _doctor, _windows

CONTROL = "SYSTEM\\CurrentControlSet\\Control\\"


def doctor_here():
    run = subprocess.run([sys.executable, "-m", "osmemlock", "doctor", "--json"], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    return run.returncode, json.loads(run.stdout)


def test_the_report_is_whole():
    status, report = doctor_here()
    assert [check["name"] for check in report["checks"]] == [check.name for check in _doctor.checks(platform.system())]
    assert {check["state"] for check in report["checks"]} <= {"ok", "note", "WEAK", "unknown"}
    assert all(check["finding"] for check in report["checks"])
    assert all(bool(check["fix"]) == (check["state"] in ("note", "WEAK")) for check in report["checks"])
    assert report["weaknesses"] == sum(check["state"] == "WEAK" for check in report["checks"])
    assert status == (1 if report["weaknesses"] else 0)


@pytest.mark.parametrize("system", ["Linux", "Darwin", "Windows"])
def test_no_check_is_there_twice(system):
    names = [check.name for check in _doctor.checks(system)]
    assert len(names) == len(set(names))


OF_LINUX = re.compile(r"ulimit|systemctl|systemd|sysctl|/etc/|/proc|swapoff|docker|kernel's command line|seccomp")
OF_WINDOWS = re.compile(r"secpol|powercfg|fsutil|reg add|BitLocker|Windows")


def test_the_advice_is_for_the_system_at_hand():
    assert not [check.name for check in _doctor.checks("Windows") if OF_LINUX.search(check.fix + check.meaning)]
    assert not [check.name for check in _doctor.checks("Linux") if OF_WINDOWS.search(check.fix + check.meaning)]
    assert [check.name for check in _doctor.checks("Linux") if OF_LINUX.search(check.fix)], "control"
    assert [check.name for check in _doctor.checks("Windows") if OF_WINDOWS.search(check.fix)], "control"


@pytest.fixture
def registry(monkeypatch):
    """A Windows whose registry is this dictionary."""
    content = {}
    monkeypatch.setattr(_windows, "_value", lambda key, name: content.get((key, name)))
    return content


MEMORY = (CONTROL + "Session Manager\\Memory Management", "PagingFiles")


@pytest.mark.parametrize(
    ("files", "encrypted", "well", "finding"),
    [
        (["C:\\pagefile.sys 0 0"], 0, False, "C:\\pagefile.sys, not encrypted by NTFS"),
        (["C:\\pagefile.sys 0 0"], 1, True, "encrypted"),
        ([""], 0, True, "none"),
        (None, 0, None, "the registry does not name it"),
    ],
)
def test_page_file(registry, files, encrypted, well, finding):
    registry.update({MEMORY: files, (CONTROL + "FileSystem", "NtfsEncryptPagingFile"): encrypted})
    assert _windows.page_file() == (well, finding)


@pytest.mark.parametrize(("enabled", "well"), [(0, True), (1, False), (None, None)])
def test_hibernation(registry, enabled, well):
    registry[CONTROL + "Power", "HibernateEnabled"] = enabled
    assert _windows.hibernation()[0] is well


@pytest.mark.parametrize(("kind", "well"), [(None, None), (0, True), (1, False), (2, True), (7, True)])
def test_memory_dump(registry, kind, well):
    registry[CONTROL + "CrashControl", "CrashDumpEnabled"] = kind
    assert _windows.crash_dump()[0] is well


def test_crash_files(registry):
    assert _windows.error_reports()[0] is True
    registry["SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps", "DumpType"] = 2
    assert _windows.error_reports()[0] is False


def test_where_there_is_no_registry_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert _windows.page_file()[0] is None
    assert _windows.hibernation()[0] is None
    assert _windows.crash_dump()[0] is None
