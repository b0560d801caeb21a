// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Diagnostics;
using System.Linq;
using Osmemlock;

/// New and Dispose of a buffer of 32 bytes beside C#'s own array of 32: the median of 21 rounds each, in turns, collections included.
static class Bench
{
    const int Rounds = 21, Count = 20000;
    static byte[] kept; // so that the array is really made

    static void Own()
    {
        kept = new byte[32];
    }

    static void Locked()
    {
        new LockedBuffer(32).Dispose();
    }

    static double Nanoseconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < Count; i++) work();
        return watch.Elapsed.TotalMilliseconds * 1e6 / Count;
    }

    static void Main()
    {
        var rounds = Enumerable.Range(0, Rounds).Select(round => Tuple.Create(Nanoseconds(Own), Nanoseconds(Locked))).ToList();
        double own = rounds.Select(pair => pair.Item1).OrderBy(figure => figure).ElementAt(Rounds / 2);
        double locked = rounds.Select(pair => pair.Item2).OrderBy(figure => figure).ElementAt(Rounds / 2);
        Console.WriteLine("csharp: byte[32] {0:f0} ns, LockedBuffer {1:f0} ns, {2:f1}x", own, locked, locked / own);
        GC.KeepAlive(kept);
    }
}
