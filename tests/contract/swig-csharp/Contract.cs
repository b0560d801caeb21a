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
        b.Write(0, Bytes(text));
        return b;
    }

    static string Content(LockedBuffer b)
    {
        return Latin1.GetString(b.Read(0, b.Size));
    }

    static ulong Live()
    {
        return Osml.GetInfo(Info.LiveBuffers);
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
            Require(b.Size == 32 && b.Read(0, 32).SequenceEqual(new byte[32]));
            Require(none.Size == 0 && none.Read(0, 0).Length == 0);
        }
    }

    static void BytesGoInAndOut()
    {
        using (var b = new LockedBuffer(32))
        {
            b.Write(5, Bytes("\0key\u00ff"));
            var into = new byte[3];
            b.ReadInto(6, into);
            Require(Latin1.GetString(into) == "key");
            Require(Content(b) == new string('\0', 5) + "\0key\u00ff" + new string('\0', 22));
            b.SetByte(31, 200);
            Require(b.GetByte(9) == 255 && b.GetByte(31) == 200);
            b.Fill(0, 7, 2);
            b.Copy(2, b, 0, 2);
            Require(b.Read(0, 5).SequenceEqual(new byte[] { 7, 7, 7, 7, 0 }));
        }
    }

    static void PositionsOutsideAreRefused()
    {
        using (var b = new LockedBuffer(8))
        {
            foreach (long position in new[] { 8, 1L << 32, Huge })
            {
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.GetByte(position));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.SetByte(position, 1));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Write(position, new byte[1]));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Read(position, 1));
            }
            foreach (long position in new[] { -1, long.MinValue })
            {
                Refused<ArgumentOutOfRangeException>("", () => b.GetByte(position));
                Refused<ArgumentOutOfRangeException>("", () => b.Write(position, new byte[1]));
                Refused<ArgumentOutOfRangeException>("", () => b.Read(position, 1));
            }
            foreach (var range in new[] { Tuple.Create(7L, 2L), Tuple.Create(0L, 9L), Tuple.Create(8L, 1L), Tuple.Create(1L, Huge), Tuple.Create(Huge, 2L) })
            {
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Read(range.Item1, range.Item2));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Fill(range.Item1, 1, range.Item2));
            }
            Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Read(0, -1));
            Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Write(4, new byte[5]));
            Require(b.Read(0, 8).SequenceEqual(new byte[8]));
        }
    }

    /// Fractions and texts are refused by the compiler.
    static void WrongArgumentsAreRefused()
    {
        ulong start = Live();
        Refused<ArgumentOutOfRangeException>("", () => new LockedBuffer(-1));
        Refused<Exception>("", () => new LockedBuffer(Huge));
        Refused<ArgumentException>("OSML_EINVAL", () => new LockedBuffer(8, (Protections)(1u << 31), Policy.Default));
        Refused<ArgumentException>("OSML_EINVAL", () => new LockedBuffer(8, Protections.Defaults, (Policy)99));
        using (var b = new LockedBuffer(8))
        {
            Refused<ArgumentNullException>("", () => b.Write(0, null));
            Refused<ArgumentNullException>("", () => b.ReadInto(0, null));
            Refused<ArgumentNullException>("", () => b.Equal(null));
            Refused<ArgumentNullException>("", () => b.Copy(0, null, 0, 1));
            Refused<ArgumentException>("OSML_EINVAL", () => LockedBuffer.FromFile(null, 9));
            Refused<ArgumentException>("", () => LockedBuffer.FromFile("with a NUL\0inside", 9));
        }
        Require(Live() == start);
    }

    static void CloseWipes()
    {
        var b = Holding("key");
        ulong before = Live();
        Require(!b.IsClosed);
        b.Close();
        Require(b.IsClosed && Live() == before - 1);
    }

    static void CloseTwice()
    {
        var b = new LockedBuffer(8);
        b.Close();
        b.Close();
        b.Dispose();
        Require(b.IsClosed);
    }

    static void ClosedIsRefused()
    {
        var b = new LockedBuffer(8);
        b.Dispose();
        using (var other = new LockedBuffer(8))
        {
            var calls = new Action[] {
                () => b.Write(0, new byte[1]), () => b.Read(0, 1), () => b.ReadInto(0, new byte[1]), () => b.GetByte(0), () => b.SetByte(0, 1),
                () => b.Fill(0, 1, 1), () => b.Random(0, 8), () => b.Copy(0, other, 0, 1), () => other.Copy(0, b, 0, 1), () => b.Wipe(),
                () => b.Equal(other), () => other.Equal(b), () => b.Protect(Access.Read), () => b.Protections.ToString(), () => b.Verify(),
                () => b.Decode(Coding.Hex), () => b.Encode(Coding.Hex), () => b.Part(0, 1), () => b.Joined(b),
                () => b.Prefixed(new byte[1]), () => b.Suffixed(new byte[1]), () => b.Find(0, new byte[1]), () => b.EqualBytes(new byte[1]), () => b.WriteFd(1), () => b.ReadFd(0, 1, 0), () => b.Piped(new[] { "cat" }, 9) };
            foreach (var call in calls) Refused<ObjectDisposedException>("OSML_ECLOSED", call);
        }
        Require(b.IsClosed && b.Size == 8);
    }

    static void TheScopeCloses()
    {
        LockedBuffer kept;
        using (kept = new LockedBuffer(8)) Require(!kept.IsClosed);
        Require(kept.IsClosed);
        Refused<ArithmeticException>("", () =>
        {
            using (kept = new LockedBuffer(8)) throw new ArithmeticException();
        });
        Require(kept.IsClosed);
    }

    static void TheUsersErrorSurvives()
    {
        var mine = new Exception("mine");
        try
        {
            using (var b = new LockedBuffer(8))
            using (var guard = Osml.DisableCoreDumpsWithGuard())
            {
                b.Close();
                guard.Release();
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
            Require(a.Equal(b) && !a.Equal(longer));
            b.SetByte(9, (byte)(b.GetByte(9) ^ 1));
            Require(!a.Equal(b));
            b.Close();
            Refused<ObjectDisposedException>("OSML_ECLOSED", () => a.Equal(b));
        }
    }

    static void Random()
    {
        using (LockedBuffer a = new LockedBuffer(32), b = new LockedBuffer(32), zero = new LockedBuffer(32))
        {
            a.Random(0, 32);
            b.Random(0, 32);
            Require(!a.Equal(b) && !a.Equal(zero) && !b.Equal(zero));
        }
    }

    static void Wipe()
    {
        using (var b = Holding("key"))
        {
            b.Wipe();
            Require(Content(b) == "\0\0\0" && !b.IsClosed);
        }
    }

    static void ProtectionsAreTrue()
    {
        Protections wanted = Protections.Locked | Protections.NoDump | Protections.WipeOnFork | Protections.Canary;
        using (var b = new LockedBuffer(32))
        {
            Require(wanted == Protections.Defaults);
            Require((b.Protections & wanted) == wanted && (b.Verify() & wanted) == wanted);
        }
    }

    static void GuardedBuffersCanBeShut()
    {
        using (var b = new LockedBuffer(8, Protections.Defaults | Protections.Guarded, Policy.Default))
        {
            b.Protect(Access.Read);
            Require(b.GetByte(0) == 0);
            Refused<InvalidOperationException>("OSML_EACCESS", () => b.Write(0, new byte[1]));
            b.Protect(Access.None);
            Refused<InvalidOperationException>("OSML_EACCESS", () => b.GetByte(0));
            Refused<InvalidOperationException>("OSML_EACCESS", () => b.Write(0, new byte[1]));
            b.Protect(Access.ReadWrite);
            b.Write(0, Bytes("x"));
            Require(b.GetByte(0) == 'x');
        }
        using (var b = new LockedBuffer(8)) Refused<ApplicationException>("OSML_EUNSUPPORTED", () => b.Protect(Access.Read));
    }

    static void FromAFile()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "the key\n");
        using (LockedBuffer whole = LockedBuffer.FromFile(path, 100), trimmed = LockedBuffer.FromFile(path, 8, SourceOptions.TrimNewline))
        {
            Require(Content(whole) == "the key\n" && Content(trimmed) == "the key");
        }
        Refused<ArgumentException>("OSML_ETOOBIG", () => LockedBuffer.FromFile(path, 7));
        Refused<ArgumentException>("OSML_EEMPTY", () => LockedBuffer.FromFile("/dev/null", 7));
        File.Delete(path);
        Refused<IOException>("ENOENT", () => LockedBuffer.FromFile(path, 7));
        Refused<IOException>("ENOENT", () => LockedBuffer.FromCredential("no-such-credential", 7));
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
            b.WriteFd((int)both.SafeFileHandle.DangerousGetHandle());
            b.WriteFd((int)both.SafeFileHandle.DangerousGetHandle());
            both.Close();
            using (var part = new LockedBuffer(20))
            {
                Require(part.ReadFd(2, 16, (int)reader.SafeFileHandle.DangerousGetHandle()) == 16 && Content(part).StartsWith("\0\0\0t", StringComparison.Ordinal));
                Refused<IndexOutOfRangeException>("OSML_ERANGE", () => part.ReadFd(19, 2, (int)reader.SafeFileHandle.DangerousGetHandle()));
            }
            int fd = Osml.FdFromOsHandle((int)reader.SafeFileHandle.DangerousGetHandle());
            using (var c = LockedBuffer.FromFd(fd, 100)) Require(b.Equal(c));
        }
        File.Delete(path);
        Refused<IOException>("EBADF", () => LockedBuffer.FromFd(-1, 100));
        Refused<ArgumentException>("OSML_EINVAL", () => Osml.FdFromOsHandle(-1));
    }

    static void FromACommand()
    {
        using (var b = LockedBuffer.FromCommand(new[] { "printf", "%s", "$HOME; `id`" }, 100)) Require(Content(b) == "$HOME; `id`");
        using (var b = new LockedBuffer(300000))
        using (var c = b.Piped(new[] { "cat" }, 300000))
        {
            Require(b.Equal(c));
            Require(Refused<ApplicationException>("OSML_ECOMMAND", () => b.Piped(new[] { "sh", "-c", "exit 3" }, 9)).Contains("exit status was 3"));
        }
        Refused<ArgumentException>("OSML_ETOOBIG", () => LockedBuffer.FromCommand(new[] { "echo", "long" }, 3));
        Refused<ArgumentException>("OSML_EEMPTY", () => LockedBuffer.FromCommand(new[] { "true" }, 3));
        Refused<IOException>("ENOENT", () => LockedBuffer.FromCommand(new[] { "/nonexistent/program" }, 3));
    }

    static void FromTheEnvironment()
    {
        const string Name = "OSML_CONTRACT_SECRET";
        string value = Environment.GetEnvironmentVariable(Name);
        using (var b = LockedBuffer.FromEnv(Name, 100)) Require(!string.IsNullOrEmpty(value) && Content(b) == value);
        string block = Latin1.GetString(File.ReadAllBytes("/proc/self/environ"));
        Require(block.Contains("PATH=") && !block.Contains(value) && Environment.GetEnvironmentVariable(Name) == null);
        Refused<IOException>("ENOENT", () => LockedBuffer.FromEnv(Name, 100));
    }

    static void Decode()
    {
        using (LockedBuffer hex = Holding("00ff6B"), base64 = Holding("AP9r/w=="), neither = Holding("neither!"))
        {
            hex.Decode(Coding.Hex);
            base64.Decode(Coding.Base64);
            Require(Content(hex) == "\0\u00ffk" && Content(base64) == "\0\u00ffk\u00ff");
            using (var base32 = Holding("ad7w x7y\n"))
            {
                base32.Decode(Coding.Base32);
                Require(base32.Equal(base64));
            }
            Require(Refused<ArgumentException>("OSML_EFORMAT", () => neither.Decode(Coding.Hex)).Contains("Line 1"));
            Refused<ArgumentException>("OSML_EFORMAT", () => neither.Decode(Coding.Base64));
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
        Osml.Mlock(own);
        Require(Vmlck() >= before + 1024);
        Osml.Munlock(own);
        Require(Vmlck() == before);
        Osml.MadviseDontdump(own);
        own.Free();
        Refused<InvalidOperationException>("", () => Osml.Mlock(own));
        var moves = GCHandle.Alloc(new byte[8]);
        Refused<InvalidOperationException>("", () => Osml.Mlock(moves));
        moves.Free();
        var array = Bytes("wipe me");
        Osml.Wipe(array);
        Require(array.SequenceEqual(new byte[7]));
        Refused<ArgumentNullException>("", () => Osml.Wipe(null));
        var memory = new byte[1 << 20];
        var first = new LockedRegion(memory, RegionOptions.WipeAtEnd);
        var second = new LockedRegion(memory);
        memory[0] = memory[memory.Length - 1] = 1;
        first.Unlock();
        first.Unlock();
        Require(memory.All(value => value == 0) && Vmlck() >= before + 1024);
        second.Unlock();
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
        using (Osml.DisableCoreDumpsWithGuard()) Require(Soft() == "0");
        Require(Soft() == before);
        CoreDumpsGuard first = Osml.DisableCoreDumpsWithGuard(), second = Osml.DisableCoreDumpsWithGuard();
        first.Release();
        Require(Soft() == "0");
        second.Release();
        second.Release();
        Require(Soft() == before);
        Osml.DisableCoreDumpsForProcess();
        Require(Soft() == "0");
    }

    static void WindowsHelpers()
    {
        Require(ErrorModes.FailCriticalErrors == (ErrorModes)1 && ErrorModes.NoGpFaultErrorBox == (ErrorModes)2 && ErrorModes.NoOpenFileErrorBox == (ErrorModes)0x8000);
        Refused<ApplicationException>("OSML_EUNSUPPORTED", () => Osml.SetWindowsErrorMode(ErrorModes.FailCriticalErrors));
        Refused<ApplicationException>("OSML_EUNSUPPORTED", () => Osml.SuppressWindowsErrorDialogsForProcess());
    }

    static void TheReport()
    {
        Collect(0);
        Require(Osml.GetInfo(Info.PageSize) == ulong.Parse(Run("getconf", "PAGESIZE")));
        using (var b = new LockedBuffer(8)) Require(b.Size == 8 && Live() == 1);
        Require(Live() == 0 && Osml.Unlimited == ulong.MaxValue && Osml.ErrorName(-10001) == "OSML_EUNSUPPORTED");
        Require(Regex.IsMatch(Osml.Version(), @"^\d+\.\d+\.\d+(-\w+)?$"));
        Refused<ArgumentException>("OSML_EINVAL", () => Osml.GetInfo((Info)999));
    }

    static void TheLockLimitIsExplained()
    {
        string runtime = Process.GetCurrentProcess().MainModule.FileName;
        string message = Run(Environment.GetEnvironmentVariable("OSML_QUOTA"), "\"" + runtime + "\" \"" + typeof(Contract).Assembly.Location + "\" quota");
        Require(new[] { "OSML_ELIMIT", "65536", "ulimit -l" }.All(message.Contains), message);
    }

    static void Encode()
    {
        Coding[] codings = { Coding.Hex, Coding.Base64, Coding.Base64Url, Coding.Base32 };
        string[] texts = { "00ff6bff", "AP9r/w==", "AP9r_w", "AD7WX7Y=" };
        using (var b = Holding("\0\u00ffk\u00ff"))
        {
            for (int i = 0; i < codings.Length; i++)
            {
                using (var encoded = b.Encode(codings[i]))
                {
                    Require(Content(encoded) == texts[i]);
                    encoded.Decode(codings[i]);
                    Require(encoded.Equal(b));
                }
            }
            Refused<ArgumentException>("OSML_EINVAL", () => b.Encode(0));
        }
    }

    static void WordsAroundASecret()
    {
        Func<string, byte[]> bytes = Latin1.GetBytes;
        using (LockedBuffer b = Holding("t0k3n"), before = b.Prefixed(bytes("Bearer ")), header = before.Suffixed(bytes("\r\n")),
               part = header.Part(7, 5), twice = b.Joined(b))
        {
            Require(Content(b) == "t0k3n" && Content(header) == "Bearer t0k3n\r\n" && Content(part) == "t0k3n" && Content(twice) == "t0k3nt0k3n");
            Require(header.Find(0, bytes("t0k3n")) == 7 && header.Find(8, bytes("t0k3n")) == -1 && twice.Find(1, bytes("t0")) == 5);
            Require(b.EqualBytes(bytes("t0k3n")) && !b.EqualBytes(bytes("t0k3N")) && !b.EqualBytes(bytes("t0k3")));
            Refused<IndexOutOfRangeException>("OSML_ERANGE", () => b.Part(1, 5));
        }
        byte[] memory = bytes("taken");
        using (var b = LockedBuffer.Take(memory)) Require(Content(b) == "taken" && Latin1.GetString(memory) == "\0\0\0\0\0");
    }

    static void PurgeClosesEverything()
    {
        LockedBuffer[] ended = { Holding("secret"), new LockedBuffer(100000) };
        Osml.Purge();
        Require(Live() == 0);
        foreach (LockedBuffer b in ended)
        {
            Require(b.IsClosed);
            Refused<ObjectDisposedException>("OSML_ECLOSED", () => b.GetByte(0));
            b.Close();
        }
        using (LockedBuffer b = Holding("new"))
        {
            Require(Live() == 1 && Content(b) == "new");
        }
        Osml.Purge();
    }

    static ulong Idle()
    {
        return Osml.GetInfo(Info.IdleBytes);
    }

    static ulong Locked()
    {
        return Osml.GetInfo(Info.LibraryLockedBytes);
    }

    static void TrimGivesIdleMemoryBack()
    {
        using (LockedBuffer stays = Holding("stays"))
        {
            LockedBuffer[] made = Enumerable.Range(0, 100).Select(i => new LockedBuffer(1000)).ToArray();
            foreach (LockedBuffer b in made) b.Close();
            ulong idle = Idle(), locked = Locked();
            Osml.Trim();
            Require(Idle() < idle && Locked() < locked && Content(stays) == "stays");
        }
    }

    static void UsedInPlace()
    {
        var b = Holding("secret");
        Require(b.With(bytes => bytes.ToArray()[0] + bytes.Length) == 's' + 6); // mcs refers to the elements of a span as only Mono knows them
        var lent = b.ToMemory();
        Require(lent.Memory.ToArray()[5] == 't');
        try
        {
            b.With<int>(bytes => { throw new FormatException("mine"); });
            Require(false);
        }
        catch (FormatException mine)
        {
            Require(mine.Message == "mine");
        }
        Refused<ObjectDisposedException>("OSML_ECLOSED", () => b.With(bytes => { b.Close(); return 7; }));
        Refused<ObjectDisposedException>("OSML_ECLOSED", () => b.With<int>(bytes => { throw new Exception("lent"); }));
        Refused<ObjectDisposedException>("OSML_ECLOSED", () => lent.Memory.Span.ToArray());
        Refused<ObjectDisposedException>("OSML_ECLOSED", lent.Dispose);
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
        Tuple.Create<string, Action>("purge closes everything", PurgeClosesEverything),
        Tuple.Create<string, Action>("trim gives idle memory back", TrimGivesIdleMemoryBack),
        Tuple.Create<string, Action>("encode", Encode),
        Tuple.Create<string, Action>("words around a secret", WordsAroundASecret),
        Tuple.Create<string, Action>("used in place", UsedInPlace),
        Tuple.Create<string, Action>("from a command", FromACommand),
    };

    static void Main(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            Console.WriteLine(Refused<IOException>("OSML_ELIMIT", () => new LockedBuffer(1 << 20)));
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
