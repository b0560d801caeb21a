// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using Osmemlock;

/// The contract of ../README.md, told in C#. With the argument "quota": the child of scenario 24.
static class Contract
{
    const long Huge = long.MaxValue;
    static readonly Encoding Latin1 = Encoding.GetEncoding(28591);

    static void Require(bool holds, string why = "does not hold")
    {
        if (!holds) throw new Exception(why);
    }

    /// The call must throw that, with the code's name in front; the message is the result.
    static string Refused<T>(string code, Action call) where T : Exception
    {
        try
        {
            call();
        }
        catch (T thrown)
        {
            Require(thrown.Message.StartsWith(code), thrown.ToString());
            return thrown.Message;
        }
        throw new Exception("was not refused");
    }

    static byte[] Bytes(string text)
    {
        return Latin1.GetBytes(text);
    }

    static LockedBuffer Holding(string text)
    {
        var b = new LockedBuffer(text.Length);
        b.write(0, Bytes(text));
        return b;
    }

    static string Content(LockedBuffer b)
    {
        return Latin1.GetString(b.read(0, b.size()));
    }

    static ulong Live()
    {
        return osmemlock.info(osmemlock.INFO_LIVE_BUFFERS);
    }

    /// What a thread has dropped is on no stack that is left, which matters to a collector that guesses what a pointer is.
    static void InAThread(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        thread.Join();
    }

    /// The caller's time limit is the only clock.
    static void Collect(ulong until)
    {
        while (Live() > until)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    static string Run(string command, string arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using (var process = Process.Start(start))
        {
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output.Trim();
        }
    }

    static string Line(string file, string start)
    {
        return File.ReadAllLines(file).First(line => line.StartsWith(start)).Substring(start.Length).Trim();
    }

    static void BornZero()
    {
        using (var b = new LockedBuffer(32))
        using (var none = new LockedBuffer(0))
        {
            Require(b.size() == 32 && b.read(0, 32).SequenceEqual(new byte[32]));
            Require(none.size() == 0 && none.read(0, 0).Length == 0);
        }
    }

    static void BytesGoInAndOut()
    {
        using (var b = new LockedBuffer(32))
        {
            b.write(5, Bytes("\0key\u00ff"));
            var into = new byte[3];
            b.read_into(6, into);
            Require(Latin1.GetString(into) == "key");
            Require(Content(b) == new string('\0', 5) + "\0key\u00ff" + new string('\0', 22));
            b.set_byte(31, 200);
            Require(b.get_byte(9) == 255 && b.get_byte(31) == 200);
            b.fill(0, 7, 2);
            b.copy(2, b, 0, 2);
            Require(b.read(0, 5).SequenceEqual(new byte[] { 7, 7, 7, 7, 0 }));
        }
    }

    static void PositionsOutsideAreRefused()
    {
        using (var b = new LockedBuffer(8))
        {
            foreach (long position in new[] { 8, 1L << 32, Huge })
            {
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.get_byte(position));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.set_byte(position, 1));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.write(position, new byte[1]));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.read(position, 1));
            }
            foreach (long position in new[] { -1, long.MinValue })
            {
                Refused<ArgumentOutOfRangeException>("", () => b.get_byte(position));
                Refused<ArgumentOutOfRangeException>("", () => b.write(position, new byte[1]));
                Refused<ArgumentOutOfRangeException>("", () => b.read(position, 1));
            }
            foreach (var range in new[] { Tuple.Create(7L, 2L), Tuple.Create(0L, 9L), Tuple.Create(8L, 1L), Tuple.Create(1L, Huge), Tuple.Create(Huge, 2L) })
            {
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.read(range.Item1, range.Item2));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.fill(range.Item1, 1, range.Item2));
            }
            Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.read(0, -1));
            Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.write(4, new byte[5]));
            Refused<ArgumentException>("OSML_EINVAL", () => b.set_byte(0, 256));
            Require(b.read(0, 8).SequenceEqual(new byte[8]));
        }
    }

    /// Fractions and texts are refused by the compiler.
    static void WrongArgumentsAreRefused()
    {
        ulong start = Live();
        Refused<ArgumentOutOfRangeException>("", () => new LockedBuffer(-1));
        Refused<Exception>("", () => new LockedBuffer(Huge));
        Refused<ArgumentException>("OSML_EINVAL", () => new LockedBuffer(8, 1u << 31, osmemlock.POLICY_DEFAULT));
        Refused<ArgumentException>("OSML_EINVAL", () => new LockedBuffer(8, osmemlock.DEFAULT_PROTECTIONS, 99));
        using (var b = new LockedBuffer(8))
        {
            Refused<ArgumentNullException>("", () => b.write(0, null));
            Refused<ArgumentNullException>("", () => b.read_into(0, null));
            Refused<ArgumentNullException>("", () => b.equal(null));
            Refused<ArgumentNullException>("", () => b.copy(0, null, 0, 1));
            Refused<ArgumentException>("OSML_EINVAL", () => LockedBuffer.from_file(null, 9));
            Refused<ArgumentException>("", () => LockedBuffer.from_file("with a NUL\0inside", 9));
        }
        Require(Live() == start);
    }

    static void CloseWipes()
    {
        var b = Holding("key");
        ulong before = Live();
        Require(!b.closed());
        b.close();
        Require(b.closed() && Live() == before - 1);
    }

    static void CloseTwice()
    {
        var b = new LockedBuffer(8);
        b.close();
        b.close();
        b.Dispose();
        Require(b.closed());
    }

    static void ClosedIsRefused()
    {
        var b = new LockedBuffer(8);
        b.Dispose();
        using (var other = new LockedBuffer(8))
        {
            var calls = new Action[] {
                () => b.write(0, new byte[1]), () => b.read(0, 1), () => b.read_into(0, new byte[1]), () => b.get_byte(0), () => b.set_byte(0, 1),
                () => b.fill(0, 1, 1), () => b.random(0, 8), () => b.copy(0, other, 0, 1), () => other.copy(0, b, 0, 1), () => b.wipe(),
                () => b.equal(other), () => other.equal(b), () => b.protect(osmemlock.ACCESS_READ), () => b.protections(), () => b.verify(),
                () => b.decode_hex(), () => b.decode_base64(), () => b.write_fd(1) };
            foreach (var call in calls) Refused<ObjectDisposedException>("OSML_ECLOSED", call);
        }
        Require(b.closed() && b.size() == 8);
    }

    static void TheScopeCloses()
    {
        LockedBuffer kept;
        using (kept = new LockedBuffer(8)) Require(!kept.closed());
        Require(kept.closed());
        Refused<ArithmeticException>("", () =>
        {
            using (kept = new LockedBuffer(8)) throw new ArithmeticException();
        });
        Require(kept.closed());
    }

    static void TheUsersErrorSurvives()
    {
        var mine = new Exception("mine");
        try
        {
            using (var b = new LockedBuffer(8))
            using (var guard = osmemlock.disable_core_dumps_with_guard())
            {
                b.close();
                guard.release();
                throw mine;
            }
        }
        catch (Exception caught)
        {
            Require(caught == mine && caught.InnerException == null);
        }
    }

    static void DroppedIsCollected()
    {
        ulong start = Live();
        InAThread(() =>
        {
            var dropped = Enumerable.Range(0, 100).Select(i => new LockedBuffer(32)).ToList();
            Require(Live() == start + 100 && dropped.Count == 100);
        });
        Collect(start);
        Require(Live() == start);
    }

    static void Equal()
    {
        using (LockedBuffer a = Holding("same bytes"), b = Holding("same bytes"), longer = Holding("same bytes!"))
        {
            Require(a.equal(b) && !a.equal(longer));
            b.set_byte(9, b.get_byte(9) ^ 1);
            Require(!a.equal(b));
            b.close();
            Refused<ObjectDisposedException>("OSML_ECLOSED", () => a.equal(b));
        }
    }

    static void Random()
    {
        using (LockedBuffer a = new LockedBuffer(32), b = new LockedBuffer(32), zero = new LockedBuffer(32))
        {
            a.random(0, 32);
            b.random(0, 32);
            Require(!a.equal(b) && !a.equal(zero) && !b.equal(zero));
        }
    }

    static void Wipe()
    {
        using (var b = Holding("key"))
        {
            b.wipe();
            Require(Content(b) == "\0\0\0" && !b.closed());
        }
    }

    static void ProtectionsAreTrue()
    {
        uint wanted = osmemlock.LOCKED | osmemlock.NODUMP | osmemlock.WIPEONFORK | osmemlock.CANARY;
        using (var b = new LockedBuffer(32))
        {
            Require(wanted == osmemlock.DEFAULT_PROTECTIONS);
            Require((b.protections() & wanted) == wanted && (b.verify() & wanted) == wanted);
        }
    }

    static void GuardedBuffersCanBeShut()
    {
        using (var b = new LockedBuffer(8, osmemlock.DEFAULT_PROTECTIONS | osmemlock.GUARDED, osmemlock.POLICY_DEFAULT))
        {
            b.protect(osmemlock.ACCESS_READ);
            Require(b.get_byte(0) == 0);
            Refused<InvalidOperationException>("OSML_EACCESS", () => b.write(0, new byte[1]));
            b.protect(osmemlock.ACCESS_NONE);
            Refused<InvalidOperationException>("OSML_EACCESS", () => b.get_byte(0));
            Refused<InvalidOperationException>("OSML_EACCESS", () => b.write(0, new byte[1]));
            b.protect(osmemlock.ACCESS_READWRITE);
            b.write(0, Bytes("x"));
            Require(b.get_byte(0) == 'x');
        }
        using (var b = new LockedBuffer(8)) Refused<ApplicationException>("OSML_EUNSUPPORTED", () => b.protect(osmemlock.ACCESS_READ));
    }

    static void FromAFile()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "the key\n");
        using (LockedBuffer whole = LockedBuffer.from_file(path, 100), trimmed = LockedBuffer.from_file(path, 8, osmemlock.TRIM_NEWLINE))
        {
            Require(Content(whole) == "the key\n" && Content(trimmed) == "the key");
        }
        Refused<ArgumentException>("OSML_ETOOBIG", () => LockedBuffer.from_file(path, 7));
        File.Delete(path);
        Refused<IOException>("ENOENT", () => LockedBuffer.from_file(path, 7));
        Refused<IOException>("ENOENT", () => LockedBuffer.from_credential("no-such-credential", 7));
    }

    /// On Unix the handle of a file is its descriptor.
    static void FromADescriptorAndOutAgain()
    {
        string path = Path.Combine(Path.GetTempPath(), "osmemlock-" + Guid.NewGuid());
        Run("mkfifo", path);
        using (var both = new FileStream(path, FileMode.Open, FileAccess.ReadWrite)) // waits for no other end, fifo(7)
        using (var reader = new FileStream(path, FileMode.Open, FileAccess.Read))
        using (var b = Holding("\0through\0a pipe\0"))
        {
            b.write_fd((int)both.SafeFileHandle.DangerousGetHandle());
            both.Close();
            using (var c = LockedBuffer.from_fd((int)reader.SafeFileHandle.DangerousGetHandle(), 100)) Require(b.equal(c));
        }
        File.Delete(path);
        Refused<IOException>("EBADF", () => LockedBuffer.from_fd(-1, 100));
    }

    static void FromTheEnvironment()
    {
        const string Name = "OSML_CONTRACT_SECRET";
        string value = Environment.GetEnvironmentVariable(Name);
        using (var b = LockedBuffer.from_env(Name, 100)) Require(!string.IsNullOrEmpty(value) && Content(b) == value);
        string block = Latin1.GetString(File.ReadAllBytes("/proc/self/environ"));
        Require(block.Contains("PATH=") && !block.Contains(value) && Environment.GetEnvironmentVariable(Name) == null);
        Refused<IOException>("ENOENT", () => LockedBuffer.from_env(Name, 100));
    }

    static void Decode()
    {
        using (LockedBuffer hex = Holding("00ff6B"), base64 = Holding("AP9r/w=="), neither = Holding("neither!"))
        {
            hex.decode_hex();
            base64.decode_base64();
            Require(Content(hex) == "\0\u00ffk" && Content(base64) == "\0\u00ffk\u00ff");
            Refused<ArgumentException>("OSML_EINVAL", () => neither.decode_hex());
            Refused<ArgumentException>("OSML_EINVAL", () => neither.decode_base64());
            Require(Content(neither) == "neither!");
        }
    }

    static long Vmlck()
    {
        return long.Parse(Line("/proc/self/status", "VmLck:").Split(' ')[0]);
    }

    static void LocksByAddress()
    {
        var own = GCHandle.Alloc(new byte[1 << 20], GCHandleType.Pinned);
        long before = Vmlck();
        osmemlock.mlock(own);
        Require(Vmlck() >= before + 1024);
        osmemlock.munlock(own);
        Require(Vmlck() == before);
        osmemlock.madvise_dontdump(own);
        own.Free();
        Refused<InvalidOperationException>("", () => osmemlock.mlock(own));
        var moves = GCHandle.Alloc(new byte[8]);
        Refused<InvalidOperationException>("", () => osmemlock.mlock(moves));
        moves.Free();
        var array = Bytes("wipe me");
        osmemlock.wipe(array);
        Require(array.SequenceEqual(new byte[7]));
        Refused<ArgumentNullException>("", () => osmemlock.wipe(null));
        var memory = new byte[1 << 20];
        var first = new LockedRegion(memory, osmemlock.REGION_WIPE);
        var second = new LockedRegion(memory);
        memory[0] = memory[memory.Length - 1] = 1;
        first.unlock();
        first.unlock();
        Require(memory.All(value => value == 0) && Vmlck() >= before + 1024);
        second.unlock();
        Require(Vmlck() == before);
        Refused<ArgumentNullException>("", () => new LockedRegion(null));
    }

    static string Soft()
    {
        return Line("/proc/self/limits", "Max core file size").Split(' ')[0];
    }

    static void CoreDumpsOffAndOn()
    {
        string before = Soft();
        Require(before != "0", "the program must start with core dumps on");
        using (osmemlock.disable_core_dumps_with_guard()) Require(Soft() == "0");
        Require(Soft() == before);
        CoreDumpsGuard first = osmemlock.disable_core_dumps_with_guard(), second = osmemlock.disable_core_dumps_with_guard();
        first.release();
        Require(Soft() == "0");
        second.release();
        second.release();
        Require(Soft() == before);
        osmemlock.disable_core_dumps_for_process();
        Require(Soft() == "0");
    }

    static void WindowsHelpers()
    {
        Require(osmemlock.SEM_FAILCRITICALERRORS == 1 && osmemlock.SEM_NOGPFAULTERRORBOX == 2 && osmemlock.SEM_NOOPENFILEERRORBOX == 0x8000);
        Refused<ApplicationException>("OSML_EUNSUPPORTED", () => osmemlock.set_windows_error_mode(1));
        Refused<ApplicationException>("OSML_EUNSUPPORTED", () => osmemlock.suppress_windows_error_dialogs_for_process());
    }

    static void TheReport()
    {
        Collect(0);
        Require(osmemlock.info(osmemlock.INFO_PAGE_SIZE) == ulong.Parse(Run("getconf", "PAGESIZE")));
        using (var b = new LockedBuffer(8)) Require(b.size() == 8 && Live() == 1);
        Require(Live() == 0 && osmemlock.UNLIMITED == ulong.MaxValue && osmemlock.error_name(-10001) == "OSML_EUNSUPPORTED");
        Require(Regex.IsMatch(osmemlock.version(), @"^\d+\.\d+\.\d+$"));
        Refused<ArgumentException>("OSML_EINVAL", () => osmemlock.info(999));
    }

    static void TheLockLimitIsExplained()
    {
        string message = Run(Environment.GetEnvironmentVariable("OSML_QUOTA"), "mono " + typeof(Contract).Assembly.Location + " quota");
        Require(new[] { "OSML_ELIMIT", "65536", "ulimit -l" }.All(message.Contains), message);
    }

    static readonly Tuple<string, Action>[] Scenarios = {
        Tuple.Create<string, Action>("born zero", BornZero),
        Tuple.Create<string, Action>("bytes go in and out", BytesGoInAndOut),
        Tuple.Create<string, Action>("positions outside are refused", PositionsOutsideAreRefused),
        Tuple.Create<string, Action>("wrong arguments are refused", WrongArgumentsAreRefused),
        Tuple.Create<string, Action>("close wipes", CloseWipes),
        Tuple.Create<string, Action>("close twice", CloseTwice),
        Tuple.Create<string, Action>("closed is refused", ClosedIsRefused),
        Tuple.Create<string, Action>("the scope closes", TheScopeCloses),
        Tuple.Create<string, Action>("the user's error survives", TheUsersErrorSurvives),
        Tuple.Create<string, Action>("dropped is collected", DroppedIsCollected),
        Tuple.Create<string, Action>("equal", Equal),
        Tuple.Create<string, Action>("random", Random),
        Tuple.Create<string, Action>("wipe", Wipe),
        Tuple.Create<string, Action>("protections are true", ProtectionsAreTrue),
        Tuple.Create<string, Action>("guarded buffers can be shut", GuardedBuffersCanBeShut),
        Tuple.Create<string, Action>("from a file", FromAFile),
        Tuple.Create<string, Action>("from a descriptor, and out again", FromADescriptorAndOutAgain),
        Tuple.Create<string, Action>("from the environment", FromTheEnvironment),
        Tuple.Create<string, Action>("decode", Decode),
        Tuple.Create<string, Action>("locks by address", LocksByAddress),
        Tuple.Create<string, Action>("core dumps off and on", CoreDumpsOffAndOn),
        Tuple.Create<string, Action>("Windows helpers", WindowsHelpers),
        Tuple.Create<string, Action>("the report", TheReport),
        Tuple.Create<string, Action>("the lock limit is explained", TheLockLimitIsExplained),
    };

    static void Main(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            Console.WriteLine(Refused<OutOfMemoryException>("OSML_ELIMIT", () => new LockedBuffer(1 << 20)));
            return;
        }
        Console.WriteLine("1.." + Scenarios.Length);
        for (int i = 0; i < Scenarios.Length; i++)
        {
            string line = (i + 1) + " - " + Scenarios[i].Item1;
            try
            {
                Scenarios[i].Item2();
                Console.WriteLine("ok " + line);
            }
            catch (Exception thrown)
            {
                Console.WriteLine("not ok " + line + "\n# " + thrown.ToString().Replace("\n", "\n# "));
            }
        }
    }
}
