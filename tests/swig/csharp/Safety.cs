// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Osmemlock;

/// What must never crash: each runs in a process of its own, whose exit code is looked at. With an argument: that one.
static class Safety
{
    static readonly List<object> Leaked = new List<object>();

    static void Require(bool holds)
    {
        if (!holds) throw new Exception("does not hold");
    }

    static void Refused<T>(Action call) where T : Exception
    {
        try
        {
            call();
        }
        catch (T)
        {
            return;
        }
        throw new Exception("was not refused");
    }

    static void Collect()
    {
        while (Osml.GetInfo(Info.LiveBuffers) > 0)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Require(Osml.GetInfo(Info.DoubleFrees) == 0);
    }

    static void InThreads(int count, Action<int> work)
    {
        int failures = 0;
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception thrown)
            {
                Console.WriteLine(thrown);
                Interlocked.Increment(ref failures);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Require(failures == 0);
    }

    static void UseAfterDispose()
    {
        var b = new LockedBuffer(8);
        b.Close();
        b.Dispose();
        b.Dispose();
        Refused<ObjectDisposedException>(() => b.Read(0, 1));
        Refused<ObjectDisposedException>(() => b.Wipe());
        var guard = Osml.DisableCoreDumpsWithGuard();
        guard.Dispose();
        guard.Release();
    }

    static void Null()
    {
        var b = new LockedBuffer(8);
        Refused<ArgumentNullException>(() => b.Equal(null));
        Refused<ArgumentNullException>(() => b.Copy(0, null, 0, 1));
        Refused<ArgumentNullException>(() => b.Write(0, null));
        Refused<ArgumentNullException>(() => Osml.Wipe(null));
        Refused<InvalidOperationException>(() => Osml.Mlock(default(GCHandle)));
        Refused<ArgumentException>(() => LockedBuffer.FromEnv(null, 8));
        Refused<ArgumentException>(() => LockedBuffer.Prompt("\0", 8));
        foreach (var text in new[] { "\ud83d", "/\udd11", "\udd11\ud83d" })
        {
            Refused<ArgumentException>(() => LockedBuffer.FromFile(text, 8));
            Refused<ArgumentException>(() => LockedBuffer.FromEnv(text, 8));
            Refused<ArgumentException>(() => LockedBuffer.FromCredential(text, 8));
            Refused<ArgumentException>(() => LockedBuffer.Prompt(text, 8));
        }
        Refused<System.IO.IOException>(() => LockedBuffer.FromFile("/\ud83d\udd11", 8)); // the control: a whole pair
        Refused<ArgumentException>(() => LockedBuffer.FromCredential(null, 8));
        Refused<ArgumentNullException>(() => LockedBuffer.FromCommand((string[])null, 8));
    }

    static void WordsOfACommand()
    {
        using (var said = LockedBuffer.FromCommand(new[] { "printf", "%s|", "\u00e9", "", "last" }, 64)) Require(said.Size == 9);
        Refused<ArgumentNullException>(() => LockedBuffer.FromCommand(new[] { "echo", null }, 8));
        foreach (var words in new[] { new string[0], new[] { "echo", "a\0b" }, new[] { "echo", "\ud800" } })
            Refused<ArgumentException>(() => LockedBuffer.FromCommand(words, 8));
    }

    /// A handle that pins something else than bytes.
    static void WrongObject()
    {
        var numbers = GCHandle.Alloc(new int[8], GCHandleType.Pinned);
        Refused<InvalidCastException>(() => Osml.Mlock(numbers));
        numbers.Free();
    }

    // L13
    static void ClosedOnesShareAHandle()
    {
        var closed = Enumerable.Range(1, 3).Select(size => new LockedBuffer(size)).ToList();
        var handles = closed.Select(Handle).ToList();
        closed.ForEach(b => b.Close());
        Require(closed.Select(b => b.Size).SequenceEqual(new long[] { 1, 2, 3 }) && closed.All(b => b.IsClosed));
        Require(closed.All(b => Handle(b) == handles[0]) && !handles[0].IsClosed && handles[1].IsClosed && handles[2].IsClosed);
        Refused<ObjectDisposedException>(() => closed[1].Equal(closed[2]));
        Refused<ObjectDisposedException>(() => closed[2].View());
        var lent = Holding("secret");
        var view = lent.View();
        lent.Close();
        var others = Enumerable.Range(0, 500).Select(number => Holding("SECRET")).ToList();
        Require(Handle(lent) == handles[0] && Text(view.Span) == "\0\0\0\0\0\0" && others.All(other => other.With(Text) == "SECRET"));
        bool refused = false;
        try { view.Dispose(); } catch (ObjectDisposedException) { refused = true; }
        Require(refused && lent.Size == 6);
    }

    static SafeHandle Handle(LockedBuffer b)
    {
        return (SafeHandle)typeof(LockedBuffer).GetField("swigCPtr", BindingFlags.Instance | BindingFlags.NonPublic).GetValue(b);
    }

    /// MemberwiseClone is protected, but reflection gets there: both are the same buffer, and it is freed once.
    static void Cloned()
    {
        InThreads(1, number =>
        {
            var first = new LockedBuffer(8);
            var clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic);
            var second = (LockedBuffer)clone.Invoke(first, null);
            first.Close();
            Require(second.IsClosed);
        });
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Collect();
    }

    /// Its finalizer may run before or after that of the handle: there is no order among the dead. It also brings the buffer back to life.
    sealed class Keeper
    {
        internal static int Ran;
        readonly LockedBuffer secret = new LockedBuffer(32);

        ~Keeper()
        {
            secret.Close();
            secret.Close();
            lock (Leaked) Leaked.Add(secret);
            Interlocked.Increment(ref Ran);
        }
    }

    static void ClosedInAFinalizer()
    {
        InThreads(1, number =>
        {
            for (int i = 0; i < 100; i++) new Keeper();
        });
        while (Keeper.Ran < 100)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        foreach (LockedBuffer brought in Leaked) Refused<ObjectDisposedException>(() => brought.Wipe());
        Collect();
    }

    static void CollectedWhileOthersWork()
    {
        InThreads(4, number =>
        {
            for (int i = 0; i < 5000; i++)
            {
                new LockedBuffer(32).Random(0, 32); // nobody else holds it during the call
                if (i % 500 == 0) GC.Collect();
            }
        });
        Collect();
    }

    static void WriteOrDisposed(LockedBuffer b)
    {
        try
        {
            b.Write(0, new byte[8]);
            b.Read(0, 8);
        }
        catch (ObjectDisposedException)
        {
        }
    }

    static void DisposedAndUsed()
    {
        for (int round = 0; round < 50; round++)
        {
            var b = new LockedBuffer(64);
            InThreads(4, number =>
            {
                for (int i = 0; i < 20; i++)
                {
                    WriteOrDisposed(b);
                    if (number == 0 && i == round % 20) b.Dispose();
                }
            });
        }
        Collect();
    }

    /// Under the quota of 64 KiB: what nobody holds is collected for the sake of the next one.
    static void GarbageHoldsTheQuota()
    {
        Require(Osml.GetInfo(Info.LockLimitSoft) == 65536);
        var whole = new LockedBuffer(8192);
        foreach (var make in new Func<LockedBuffer>[] { () => new LockedBuffer(8192), () => whole.Part(0, 8192), () => LockedBuffer.Take(new byte[8192]) })
            for (int i = 0; i < 100; i++) InThreads(1, number => make());
    }

    static void RefusedWhileAnotherCopyIsThere()
    {
        var closed = new LockedBuffer(8);
        closed.Close();
        Refused<ObjectDisposedException>(() => closed.GetByte(0));
        Refused<IndexOutOfRangeException>(() => new LockedBuffer(8).Read(0, 9));
        Require(Osml.ErrorName(-10005) == "OSML_ECLOSED");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference InAContext(Type type)
    {
        object context = Activator.CreateInstance(type, "another", true);
        var copy = (Assembly)type.GetMethod("LoadFromAssemblyPath").Invoke(context, new object[] { typeof(LockedBuffer).Assembly.Location });
        Require(copy.GetType("Osmemlock.LockedBuffer") != typeof(LockedBuffer));
        Require(!string.IsNullOrEmpty((string)copy.GetType("Osmemlock.Osml").GetMethod("Version").Invoke(null, null)));
        RefusedWhileAnotherCopyIsThere();
        type.GetMethod("Unload").Invoke(context, null);
        return new WeakReference(context);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void InADomain()
    {
        var domain = AppDomain.CreateDomain("another");
        domain.DoCallBack(RefusedWhileAnotherCopyIsThere);
        RefusedWhileAnotherCopyIsThere();
        AppDomain.Unload(domain);
    }

    /// The assembly once more over the same library: in a context of .NET, or in a domain of Mono, which has no such contexts.
    static void AnotherCopy()
    {
        var type = Type.GetType("System.Runtime.Loader.AssemblyLoadContext, System.Runtime.Loader");
        RefusedWhileAnotherCopyIsThere();
        if (type == null)
        {
            InADomain();
        }
        else
        {
            var context = InAContext(type);
            for (int i = 0; i < 1000 && context.IsAlive; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Require(!context.IsAlive);
        }
        RefusedWhileAnotherCopyIsThere();
    }

    static long Vmlck()
    {
        string line = File.ReadAllLines("/proc/self/status").First(one => one.StartsWith("VmLck:"));
        return long.Parse(line.Split(new[] { ' ', '\t' }, StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    static void RegionsThatAreNone()
    {
        var memory = new byte[1 << 20];
        long before = Vmlck();
        Refused<ArgumentNullException>(() => new LockedRegion(null));
        Refused<ArgumentException>(() => new LockedRegion(memory, (RegionOptions)4));
        Require(Vmlck() == before);
        new LockedRegion(new byte[0]).Dispose();
        var region = new LockedRegion(memory);
        region.Dispose();
        region.Dispose();
        region.Unlock();
        Require(Vmlck() == before);
    }

    static IntPtr Address(byte[] memory)
    {
        var pinned = GCHandle.Alloc(memory, GCHandleType.Pinned);
        var address = pinned.AddrOfPinnedObject();
        pinned.Free();
        return address;
    }

    static byte[] moves, stays;
    static LockedRegion region;

    /// The collector moves a new array, which is the control, but not one under a region. It moves nothing that the stack of a thread refers to, so
    /// what is here happens in threads that are gone by then.
    static void ARegionKeepsItsArrayInPlace()
    {
        IntPtr from = IntPtr.Zero, at = IntPtr.Zero;
        InThreads(1, number =>
        {
            for (int i = 0; i < 1000; i++) moves = new byte[64]; // garbage, into whose place it moves
            stays = new byte[64];
            stays[63] = 1;
            region = new LockedRegion(stays, RegionOptions.WipeAtEnd);
            from = Address(moves);
            at = Address(stays);
        });
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, true, true);
        InThreads(1, number => Require(Address(moves) != from && Address(stays) == at && stays[63] == 1));
        region.Unlock();
        Require(stays[63] == 0);
    }

    /// What nobody unlocked is unlocked by the collector; a clone is the same region, and the array is released once.
    static void RegionsAreCollected()
    {
        long before = Vmlck();
        InThreads(1, number =>
        {
            for (int i = 0; i < 20; i++) new LockedRegion(new byte[1 << 20], RegionOptions.DontDump | RegionOptions.WipeAtEnd);
            var first = new LockedRegion(new byte[1 << 20]);
            var clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic);
            var second = (LockedRegion)clone.Invoke(first, null);
            first.Unlock();
            second.Unlock();
        });
        while (Vmlck() > before)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    static void UnlockedInThreads()
    {
        var memory = new byte[1 << 20];
        long before = Vmlck();
        for (int round = 0; round < 100; round++)
        {
            var region = new LockedRegion(memory, RegionOptions.WipeAtEnd);
            InThreads(4, number => region.Unlock());
        }
        Require(Vmlck() == before);
    }

    static void AliveAtTheEnd()
    {
        Leaked.Add(new LockedBuffer(32));
        Leaked.Add(new LockedBuffer(100000));
        Leaked.Add(new LockedRegion(new byte[100000], RegionOptions.WipeAtEnd));
        Leaked.Add(Osml.DisableCoreDumpsWithGuard());
    }

    static void AliveAtExit()
    {
        AliveAtTheEnd();
        Environment.Exit(0);
    }

    static LockedBuffer Holding(string text)
    {
        var b = new LockedBuffer(text.Length);
        b.Write(0, text.Select(one => (byte)one).ToArray());
        return b;
    }

    static string Text(ReadOnlySpan<byte> bytes)
    {
        string text = "";
        foreach (byte one in bytes.ToArray()) text += (char)one; // mcs refers to the elements of a span as only Mono knows them
        return text;
    }

    // L10
    static void ComparedAndSealed()
    {
        var b = Holding("secret");
        Require(b.Equals(Holding("secret")) && !b.Equals(Holding("SECRET")) && b.Equals(b) && !b.Equals(null) && !b.Equals("secret"));
        Require(new List<LockedBuffer> { Holding("secret") }.Contains(b) && b.GetHashCode() == Holding("SECRET").GetHashCode());
        var closed = Holding("secret");
        closed.Close();
        Refused<ObjectDisposedException>(() => b.Equal(closed));
        var shut = new LockedBuffer(6, Protections.Defaults | Protections.Guarded, Policy.Strict);
        shut.Protect(Access.None);
        foreach (var unreadable in new[] { closed, shut })
        {
            Require(!unreadable.Equals(new LockedBuffer(6)) && !new LockedBuffer(6).Equals(unreadable) && unreadable.Equals(unreadable));
            Require(new List<LockedBuffer> { unreadable, Holding("secret") }.Remove(Holding("secret")));
        }
        Require(b.ToString() == "LockedBuffer(6 bytes)" && closed.ToString() == "LockedBuffer(6 bytes, closed)");
        Require(typeof(LockedBuffer).IsSealed && typeof(LockedRegion).IsSealed && typeof(CoreDumpsGuard).IsSealed);
    }

    static void UsedInPlace()
    {
        var b = Holding("secret");
        Require(b.With(Text) == "secret" && b.With(outer => b.With(Text) + Text(b.View().Span)) == "secretsecret");
        var lent = Holding("secret").View();
        Require(Text(lent.Span) == "secret");
        lent.Dispose();
        lent.Dispose();
        bool refused = false;
        try { Text(lent.Span); } catch (ObjectDisposedException) { refused = true; }
        Require(refused && new LockedBuffer(0).With(bytes => bytes.Length) == 0);
        var large = new LockedBuffer(1 << 20, Protections.Defaults, Policy.BestEffort);
        Require(large.With(bytes => bytes.Length) == 1 << 20);
        var keyed = Holding("00ff");
        keyed.With(Text);
        keyed.Decode(Coding.Hex);
        Require(keyed.Size == 2);
        Refused<ArgumentNullException>(() => b.With<int>(null));
        Refused<FormatException>(() => b.With<int>(bytes => { b.Close(); throw new FormatException("mine"); }));
    }

    static void ClosedInTheScope()
    {
        foreach (Action<LockedBuffer> end in new Action<LockedBuffer>[] { b => b.Close(), b => Osml.Purge() })
        {
            var b = Holding("secret");
            Refused<ObjectDisposedException>(() => b.With(bytes => { InThreads(1, number => end(b)); return Text(bytes); }));
            Refused<ObjectDisposedException>(() => b.With(Text));
            Refused<ObjectDisposedException>(() => b.View());
            Refused<ObjectDisposedException>(() => b.ToMemory());
        }
        var viewed = Holding("secret");
        Refused<ObjectDisposedException>(() =>
        {
            var lent = viewed.View();
            viewed.Close();
            Require(Text(lent.Span) == "\0\0\0\0\0\0");
            lent.Dispose();
        });
        var guarded = new LockedBuffer(6, Protections.Defaults | Protections.Guarded, Policy.Default);
        guarded.Protect(Access.None);
        Refused<InvalidOperationException>(() => guarded.With(Text));
        guarded.Protect(Access.Read);
        Require(guarded.With(Text).Length == 6);
    }

    static unsafe void AHandleOutlivesTheLoan()
    {
        var b = Holding("secret");
        var lent = b.ToMemory();
        var memory = lent.Memory;
        MemoryHandle first = memory.Pin(), second = memory.Slice(1).Pin(), copy = second;
        lent.Dispose();
        Require(((byte*)first.Pointer)[0] == 's' && ((byte*)second.Pointer)[0] == 'e');
        second.Dispose();
        b.Close();
        var others = Enumerable.Range(0, 500).Select(number => Holding("SECRET")).ToList();
        Require(new ReadOnlySpan<byte>(first.Pointer, 6).ToArray().All(one => one == 0));
        first.Dispose();
        copy.Dispose();
        Require(others.All(other => other.With(Text) == "SECRET"));
        InThreads(1, thread =>
        {
            for (int i = 0; i < 100; i++)
            {
                var dropped = Holding("secret").ToMemory();
                dropped.Memory.Pin();
                if (i % 2 == 0) dropped.Dispose();
            }
        });
        others.ForEach(other => other.Close());
        for (int i = 0; i < 1000 && Osml.GetInfo(Info.LiveBytes) > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Require(Osml.GetInfo(Info.LiveBytes) == 0);
    }

    static void MemoryThatIsKept()
    {
        var b = Holding("secret");
        var lent = b.ToMemory();
        var memory = lent.Memory;
        Require(Text(memory.Span) == "secret");
        using (memory.Pin()) b.Close();
        Refused<ObjectDisposedException>(() => Text(memory.Span));
        Refused<ObjectDisposedException>(() => lent.Dispose());
        lent.Dispose();
        InThreads(1, thread =>
        {
            var others = Enumerable.Range(0, 500).Select(number => Holding("SECRET")).ToList();
            Refused<ObjectDisposedException>(() => Text(memory.Span));
            for (int i = 0; i < 1000; i++) Holding("secret").ToMemory(); // nobody disposes
            Require(others.All(other => other.With(Text) == "SECRET"));
        });
        Collect();
    }

    static string TextAndEnd(LockedBuffer.Lent view)
    {
        string text = Text(view.Span);
        view.Dispose();
        return text;
    }

    /// A copy is the same loan: who ends both has given back one pin, and the other view keeps its own.
    static void ALoanIsCopied()
    {
        var b = Holding("secret");
        var other = b.View();
        var view = b.View();
        Require(TextAndEnd(view) == "secret");
        bool refused = false;
        try { Text(view.Span); } catch (ObjectDisposedException) { refused = true; }
        view.Dispose();
        b.Close();
        Require(refused && Text(other.Span) == "\0\0\0\0\0\0");
        default(LockedBuffer.Lent).Dispose();
    }

    /// Nobody else holds the buffer while it is lent, and Mono alone would find it on the stack.
    static void CollectedInTheScope()
    {
        InThreads(2, number =>
        {
            for (int i = 0; i < 20; i++)
                Require(Holding("secret").With(bytes =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    return Text(bytes);
                }) == "secret");
        });
    }

    static void TooLargeForASpan()
    {
        var b = new LockedBuffer((1L << 31) + 5, Protections.Guarded, Policy.Default); // not locked, so it takes no memory
        Refused<OverflowException>(() => b.With(bytes => bytes.Length));
        Refused<OverflowException>(() => b.View());
        Refused<OverflowException>(() => b.ToMemory());
        b.Protect(Access.None); // no pin was left
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    static void LentInThreads()
    {
        var shared = Holding("secret");
        InThreads(4, number =>
        {
            for (int i = 0; i < 5000; i++)
            {
                var b = shared;
                try { Require(b.With(Text) == "secret"); }
                catch (ObjectDisposedException) { shared = Holding("secret"); }
                if (i % 100 == 0) b.Close();
            }
        });
    }

    static void HardenedAndBack()
    {
        Require(Osml.Harden(HardenSteps.CoreLimit) == HardenSteps.CoreLimit && Osml.Harden(0) == 0);
        Require(Osml.HardenUndo(HardenSteps.All) == HardenSteps.CoreLimit);
        Osml.Scrub();
    }

    static int Exit(string command, string arguments)
    {
        using (var process = Process.Start(new ProcessStartInfo(command, arguments) { UseShellExecute = false, RedirectStandardOutput = true }))
        {
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    // L10
    static void TakenFromChildrenToo()
    {
        const string Name = "OSML_CONTRACT_SECRET";
        Require(Exit("printenv", Name) == 0);
        LockedBuffer.FromEnv(Name, 100).Close();
        Require(Exit("printenv", Name) != 0 && Exit("printenv", "PATH") == 0);
    }

    static void LentAtExit()
    {
        Leaked.Add(Holding("secret").ToMemory());
        Holding("secret").With<int>(bytes => { Environment.Exit(0); return 0; });
    }

    static readonly Dictionary<string, Action> Tests = new Dictionary<string, Action> {
        { "use-after-dispose", UseAfterDispose },
        { "null", Null },
        { "words-of-a-command", WordsOfACommand },
        { "wrong-object", WrongObject },
        { "closed-ones-share-a-handle", ClosedOnesShareAHandle },
        { "cloned", Cloned },
        { "closed-in-a-finalizer", ClosedInAFinalizer },
        { "collected-while-others-work", CollectedWhileOthersWork },
        { "disposed-and-used-in-threads", DisposedAndUsed },
        { "garbage-holds-the-quota", GarbageHoldsTheQuota },
        { "another-copy", AnotherCopy },
        { "compared-and-sealed", ComparedAndSealed },
        { "hardened-and-back", HardenedAndBack },
        { "taken-from-children-too", TakenFromChildrenToo },
        { "used-in-place", UsedInPlace },
        { "closed-in-the-scope", ClosedInTheScope },
        { "a-handle-outlives-the-loan", AHandleOutlivesTheLoan },
        { "memory-that-is-kept", MemoryThatIsKept },
        { "a-loan-is-copied", ALoanIsCopied },
        { "collected-in-the-scope", CollectedInTheScope },
        { "too-large-for-a-span", TooLargeForASpan },
        { "lent-in-threads", LentInThreads },
        { "lent-at-exit", LentAtExit },
        { "regions-that-are-none", RegionsThatAreNone },
        { "a-region-keeps-its-array-in-place", ARegionKeepsItsArrayInPlace },
        { "regions-are-collected", RegionsAreCollected },
        { "unlocked-in-threads", UnlockedInThreads },
        { "alive-at-the-end-of-Main", AliveAtTheEnd },
        { "alive-at-Environment.Exit", AliveAtExit },
    };

    static int Child(string name)
    {
        string command = Process.GetCurrentProcess().MainModule.FileName + " " + typeof(Safety).Assembly.Location + " " + name;
        string quota = name.Contains("quota") ? Environment.GetEnvironmentVariable("OSML_QUOTA") : "/usr/bin/env";
        using (var process = Process.Start(new ProcessStartInfo(quota, command) { UseShellExecute = false }))
        {
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    static int Main(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            if (!Tests.ContainsKey(arguments[0])) Process.GetCurrentProcess().Kill();
            Tests[arguments[0]]();
            return 0;
        }
        Require(Child("control") != 0);
        var failed = Tests.Keys.Where(name =>
        {
            int code = Child(name);
            Console.WriteLine((code == 0 ? "ok     " : "FAILED ") + name + (code == 0 ? "" : ": exit code " + code));
            return code != 0;
        }).Count();
        Console.WriteLine(Tests.Count + " tests, " + failed + " failed");
        return failed;
    }
}
