// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
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
        while (osmemlock.info(osmemlock.INFO_LIVE_BUFFERS) > 0)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Require(osmemlock.info(osmemlock.INFO_DOUBLE_FREES) == 0);
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
        b.close();
        b.Dispose();
        b.Dispose();
        Refused<ObjectDisposedException>(() => b.read(0, 1));
        Refused<ObjectDisposedException>(() => b.wipe());
        var guard = osmemlock.disable_core_dumps_with_guard();
        guard.Dispose();
        guard.release();
    }

    static void Null()
    {
        var b = new LockedBuffer(8);
        Refused<ArgumentNullException>(() => b.equal(null));
        Refused<ArgumentNullException>(() => b.copy(0, null, 0, 1));
        Refused<ArgumentNullException>(() => b.write(0, null));
        Refused<ArgumentNullException>(() => osmemlock.wipe(null));
        Refused<InvalidOperationException>(() => osmemlock.mlock(default(GCHandle)));
        Refused<ArgumentException>(() => LockedBuffer.from_env(null, 8));
        Refused<ArgumentException>(() => LockedBuffer.from_credential(null, 8));
    }

    /// A handle that pins something else than bytes.
    static void WrongObject()
    {
        var numbers = GCHandle.Alloc(new int[8], GCHandleType.Pinned);
        Refused<InvalidCastException>(() => osmemlock.mlock(numbers));
        numbers.Free();
    }

    /// MemberwiseClone is protected, but reflection gets there: both are the same buffer, and it is freed once.
    static void Cloned()
    {
        InThreads(1, number =>
        {
            var first = new LockedBuffer(8);
            var clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic);
            var second = (LockedBuffer)clone.Invoke(first, null);
            first.close();
            Require(second.closed());
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
            secret.close();
            secret.close();
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
        foreach (LockedBuffer brought in Leaked) Refused<ObjectDisposedException>(() => brought.wipe());
        Collect();
    }

    static void CollectedWhileOthersWork()
    {
        InThreads(4, number =>
        {
            for (int i = 0; i < 5000; i++)
            {
                new LockedBuffer(32).random(0, 32); // nobody else holds it during the call
                if (i % 500 == 0) GC.Collect();
            }
        });
        Collect();
    }

    static void WriteOrDisposed(LockedBuffer b)
    {
        try
        {
            b.write(0, new byte[8]);
            b.read(0, 8);
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
        Require(osmemlock.info(osmemlock.INFO_LOCK_LIMIT_SOFT) == 65536);
        for (int i = 0; i < 100; i++) InThreads(1, number => new LockedBuffer(8192));
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
        Refused<ArgumentException>(() => new LockedRegion(memory, 4));
        Require(Vmlck() == before);
        new LockedRegion(new byte[0]).Dispose();
        var region = new LockedRegion(memory);
        region.Dispose();
        region.Dispose();
        region.unlock();
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
            moves = new byte[64];
            stays = new byte[64];
            stays[63] = 1;
            region = new LockedRegion(stays, osmemlock.REGION_WIPE);
            from = Address(moves);
            at = Address(stays);
        });
        GC.Collect();
        InThreads(1, number => Require(Address(moves) != from && Address(stays) == at && stays[63] == 1));
        region.unlock();
        Require(stays[63] == 0);
    }

    /// What nobody unlocked is unlocked by the collector; a clone is the same region, and the array is let go once.
    static void RegionsAreCollected()
    {
        long before = Vmlck();
        InThreads(1, number =>
        {
            for (int i = 0; i < 20; i++) new LockedRegion(new byte[1 << 20], osmemlock.REGION_DONTDUMP | osmemlock.REGION_WIPE);
            var first = new LockedRegion(new byte[1 << 20]);
            var clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic);
            var second = (LockedRegion)clone.Invoke(first, null);
            first.unlock();
            second.unlock();
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
            var region = new LockedRegion(memory, osmemlock.REGION_WIPE);
            InThreads(4, number => region.unlock());
        }
        Require(Vmlck() == before);
    }

    static void AliveAtTheEnd()
    {
        Leaked.Add(new LockedBuffer(32));
        Leaked.Add(new LockedBuffer(100000));
        Leaked.Add(new LockedRegion(new byte[100000], osmemlock.REGION_WIPE));
        Leaked.Add(osmemlock.disable_core_dumps_with_guard());
    }

    static void AliveAtExit()
    {
        AliveAtTheEnd();
        Environment.Exit(0);
    }

    static readonly Dictionary<string, Action> Tests = new Dictionary<string, Action> {
        { "use-after-dispose", UseAfterDispose },
        { "null", Null },
        { "wrong-object", WrongObject },
        { "cloned", Cloned },
        { "closed-in-a-finalizer", ClosedInAFinalizer },
        { "collected-while-others-work", CollectedWhileOthersWork },
        { "disposed-and-used-in-threads", DisposedAndUsed },
        { "garbage-holds-the-quota", GarbageHoldsTheQuota },
        { "regions-that-are-none", RegionsThatAreNone },
        { "a-region-keeps-its-array-in-place", ARegionKeepsItsArrayInPlace },
        { "regions-are-collected", RegionsAreCollected },
        { "unlocked-in-threads", UnlockedInThreads },
        { "alive-at-the-end-of-Main", AliveAtTheEnd },
        { "alive-at-Environment.Exit", AliveAtExit },
    };

    static int Child(string name)
    {
        string command = "mono " + typeof(Safety).Assembly.Location + " " + name;
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
