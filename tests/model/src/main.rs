// SPDX-License-Identifier: MIT OR Apache-2.0
//! The protocol of a handle's word (core/src/word.h), with the orderings of the source, under every interleaving of two or three threads that
//! loom finds with a few preemptions. The functions have the names of those in word.c, buffer.c and sweep.c; a change there is made here too.
//!
//! Which memory is whose is one cell that loom watches: using it is a shared access, having it alone and giving it back are exclusive ones.
//! The bytes are atomic, since a close wipes them under the eyes of a reader, by design. Each fault of `FAULTS` must be found.
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*};
use loom::sync::Arc;

const FREE: u64 = 0;
const OPEN: u64 = 1;
const ENDING: u64 = 2;
const CLOSED: u64 = 3;
const LIFE: u64 = 3;
const EXCLUSIVE: u64 = 4;
const FREED: u64 = 8;
const SWEPT: u64 = 16;
const REFERENCE: u64 = 32;
const PIN: u64 = (1 << 32) + REFERENCE;

const SECRET: u32 = 7;
const WIPED: u32 = 0;

#[derive(PartialEq, Clone, Copy, Debug)]
enum State { Free, Open, Referenced, InChange, Ending, Closed }

#[derive(PartialEq, Clone, Copy, Debug)]
enum Answer { Done, Invalid, Pinned, Closed }

#[derive(PartialEq, Clone, Copy, Debug)]
enum Fault {
    None,
    FreeBeforeMark,        // free's fast path gives the memory back before it marks the handle as free
    FreeByStore,           // free stores FREE whatever there was, also while the buffer ends
    FinishUnmarked,        // whoever finishes does not take EXCLUSIVE first
    ReleaseBeforeMark,     // the memory goes before the word says CLOSED
    MarkBeforeWipe,        // the word says CLOSED before the memory is wiped
    PagesAtOnce,           // pages that a child can read end in one step, as slots do
    LeaveUnfinished,       // a call that was refused gives its reference back and looks no further
    LeaveRelaxed,          // a reference is released without ordering what was done under it
    CloseWithoutReference, // a close wipes what others use without a reference of its own
    PinBeforeLook,         // a pin is counted before the state is looked at
    ReleaseLooksBefore,    // a call asks for the state before it leaves, not as it leaves
    SweepByReference,      // a sweep leaves as a call does, and nothing says that it was one
    SweepOnce,             // a sweep does not look again for what was written after its wipe
    FreeDoesNotWait,       // a handle is freed without waiting for the sweep of its buffer
}

struct Buffer {
    word: AtomicU64,
    fields: UnsafeCell<u32>,  // data, size, span ...: written at birth, and by the list of free handles
    generation: AtomicU32,
    memory: UnsafeCell<bool>, // is it there?
    mapped: AtomicBool,       // the same, as fork() sees it
    bytes: AtomicU32,
    handles: AtomicU32,       // in the list of free handles: 0 or 1
    births: AtomicU32,
    releases: AtomicU32,
    slot: bool,               // ends at once; else pages that a child can read
    fault: Fault,
}

impl Buffer {
    fn new(slot: bool, fault: Fault) -> Self {
        Buffer { word: AtomicU64::new(FREE), fields: UnsafeCell::new(0), generation: AtomicU32::new(0),
                 memory: UnsafeCell::new(false), mapped: AtomicBool::new(false), bytes: AtomicU32::new(WIPED), handles: AtomicU32::new(1),
                 births: AtomicU32::new(0), releases: AtomicU32::new(0), slot, fault }
    }

    // ---- Memory ----
    fn use_memory(&self) {
        self.fields.with(|_| ());
        self.memory.with(|there| assert!(unsafe { *there }, "used after release"));
    }
    fn have_alone(&self) {
        self.fields.with(|_| ());
        self.memory.with_mut(|there| assert!(unsafe { *there }, "changed after release"));
    }
    fn wipe(&self) {
        self.use_memory();
        self.bytes.store(WIPED, Relaxed);
    }
    fn give_back(&self) {
        self.fields.with(|_| ());
        assert_eq!(self.bytes.load(Relaxed), WIPED, "released dirty");
        self.memory.with_mut(|there| unsafe {
            assert!(*there, "released twice");
            *there = false;
        });
        self.mapped.store(false, Release);
        self.releases.fetch_add(1, Relaxed);
    }
    fn return_handle(&self) {
        self.fields.with_mut(|next| unsafe { *next += 1 });
        assert_eq!(self.handles.fetch_add(1, AcqRel), 0, "recycled twice");
        assert_eq!(self.word.load(Relaxed) / (1 << 32), 0, "recycled with a pin");
    }

    // ---- word.h, word.c ----
    fn state(&self, word: u64) -> State {
        match word & LIFE {
            FREE => return State::Free,
            ENDING => return State::Ending,
            CLOSED => return State::Closed,
            _ => assert_eq!(self.generation.load(Relaxed), 1, "open, and not born"),
        }
        if word & EXCLUSIVE != 0 {
            State::InChange
        } else if word >= REFERENCE {
            State::Referenced
        } else {
            State::Open
        }
    }
    fn change(&self, from: &mut u64, to: u64) -> bool {
        let was = *from;
        self.word.compare_exchange(was, to, AcqRel, Acquire).map_err(|now| *from = now).is_ok()
    }
    fn recycle(&self) {
        if self.word.compare_exchange(CLOSED | FREED, FREE, SeqCst, SeqCst).is_ok() {
            self.return_handle();
        }
    }
    fn release_memory(&self) {
        self.wipe();
        if self.fault == Fault::ReleaseBeforeMark {
            self.give_back();
        }
        self.word.fetch_add(CLOSED - ENDING, SeqCst);
        if self.fault != Fault::ReleaseBeforeMark {
            self.give_back();
        }
        self.leave(EXCLUSIVE);
    }
    fn word_sweep(&self) {
        let swept = ENDING | SWEPT;
        loop {
            let used = self.word.load(Acquire) >= REFERENCE;
            self.wipe();
            self.word.fetch_and(!EXCLUSIVE, SeqCst);
            if !used || self.fault == Fault::SweepOnce || self.word.compare_exchange(swept, swept | EXCLUSIVE, SeqCst, SeqCst).is_err() {
                return;
            }
        }
    }
    fn finish(&self) {
        let mut word = self.word.load(Acquire);
        loop {
            if word & !(SWEPT | FREED) != ENDING {
                return;
            }
            if self.fault == Fault::FinishUnmarked {
                self.wipe();
                self.give_back();
                self.word.store(CLOSED | word & FREED, SeqCst);
                return self.recycle();
            }
            let to = if word & FREED != 0 { word & !SWEPT } else { word };
            if self.change(&mut word, to | EXCLUSIVE) {
                return if to & SWEPT == 0 { self.release_memory() } else { self.word_sweep() };
            }
        }
    }
    fn leave(&self, what: u64) {
        self.left(self.subtract(what))
    }
    fn subtract(&self, what: u64) -> u64 {
        self.word.fetch_sub(what, if self.fault == Fault::LeaveRelaxed { Relaxed } else { AcqRel }) - what
    }
    fn left(&self, left: u64) {
        if left & LIFE == OPEN || left >= REFERENCE {
            return;
        }
        if left & LIFE == ENDING { self.finish() } else { self.recycle() }
    }
    fn acquire(&self) -> Answer {
        let word = self.word.fetch_add(REFERENCE, Acquire);
        let answer = match self.state(word) {
            State::Free => Answer::Invalid,
            State::Open | State::Referenced => return Answer::Done,
            State::InChange => Answer::Pinned,
            State::Ending | State::Closed => Answer::Closed,
        };
        if self.fault == Fault::LeaveUnfinished {
            self.subtract(REFERENCE);
        } else {
            self.leave(REFERENCE);
        }
        answer
    }
    fn release(&self) -> Answer {
        let before = self.word.load(Acquire);
        let left = self.subtract(REFERENCE);
        self.left(left);
        self.told(if self.fault == Fault::ReleaseLooksBefore { before } else { left })
    }
    fn told(&self, word: u64) -> Answer {
        assert!(matches!(word & (LIFE | EXCLUSIVE), OPEN | ENDING) || word & SWEPT != 0, "a reference, and the word is {word}");
        if word & LIFE == OPEN { Answer::Done } else { Answer::Closed }
    }
    fn acquire_exclusive(&self) -> Answer {
        let mut word = self.word.load(Acquire);
        loop {
            match self.state(word) {
                State::Free => return Answer::Invalid,
                State::Open => (),
                State::Referenced | State::InChange => return Answer::Pinned,
                State::Ending | State::Closed => return Answer::Closed,
            }
            let to = word | EXCLUSIVE;
            if self.change(&mut word, to) {
                return Answer::Done;
            }
        }
    }
    fn release_exclusive(&self) {
        let mut word = self.word.load(Acquire);
        loop {
            if word & LIFE == ENDING {
                return self.release_memory();
            }
            let to = word & !EXCLUSIVE;
            if self.change(&mut word, to) {
                return;
            }
        }
    }

    // ---- buffer.c ----
    fn open(&self) -> bool {
        if self.handles.compare_exchange(1, 0, AcqRel, Acquire).is_err() {
            return false;
        }
        self.fields.with_mut(|data| unsafe { *data += 1 });
        self.generation.store(1, Relaxed);
        self.memory.with_mut(|there| unsafe { *there = true });
        self.mapped.store(true, Release);
        self.births.fetch_add(1, Relaxed);
        self.word.store(OPEN, Release);
        self.write();
        true
    }
    fn ends_at_once(&self) -> bool {
        self.slot || self.fault == Fault::PagesAtOnce
    }
    fn free_slot(&self) {
        self.wipe();
        self.give_back();
    }
    fn close(&self) {
        let mut word = self.word.load(Acquire);
        if word == OPEN && self.ends_at_once() && self.change(&mut word, CLOSED) {
            self.free_slot();
        } else {
            self.close_slow();
        }
    }
    fn close_slow(&self) {
        let mut word = self.word.load(Acquire);
        let state = loop {
            let state = self.state(word);
            let ending = word.wrapping_sub(OPEN) + ENDING;
            let to = match state {
                State::Free | State::Closed => return,
                State::Ending => return self.finish(),
                State::Open => ending | EXCLUSIVE,
                State::Referenced if self.fault == Fault::CloseWithoutReference => ending,
                State::Referenced => ending + REFERENCE,
                State::InChange => ending,
            };
            if self.change(&mut word, to) {
                break state;
            }
        };
        match state {
            State::Referenced => {
                self.wipe();
                if self.fault != Fault::CloseWithoutReference {
                    self.leave(REFERENCE);
                }
            }
            State::Open if self.fault == Fault::MarkBeforeWipe => {
                self.word.fetch_add(CLOSED - ENDING, SeqCst);
                self.free_slot();
                self.leave(EXCLUSIVE);
            }
            State::Open => self.release_memory(),
            _ => (),
        }
    }
    fn free(&self) {
        let mut word = self.word.load(Acquire);
        if self.fault == Fault::FreeBeforeMark && word == OPEN {
            self.free_slot();
            self.word.store(FREE, SeqCst);
            self.return_handle();
        } else if self.fault == Fault::FreeByStore && word & LIFE == ENDING {
            self.word.store(FREE, SeqCst);
            self.return_handle();
        } else if word == OPEN && self.ends_at_once() && self.change(&mut word, FREE) {
            self.free_slot();
            self.return_handle();
        } else if word == CLOSED {
            self.word.store(FREE, Relaxed);
            self.return_handle();
        } else {
            self.close_slow();
            self.mark_freed();
            self.finish();
            self.recycle();
        }
    }
    fn mark_freed(&self) {
        let mut word = self.word.load(Acquire);
        loop {
            while self.fault != Fault::FreeDoesNotWait && word & (SWEPT | EXCLUSIVE) == SWEPT | EXCLUSIVE {
                loom::thread::yield_now();
                word = self.word.load(Acquire);
            }
            let to = word | FREED;
            if self.change(&mut word, to) {
                return;
            }
        }
    }
    fn pin(&self) -> Answer {
        let mut word = match self.fault {
            Fault::PinBeforeLook => self.word.fetch_add(PIN, AcqRel),
            _ => self.word.load(Acquire),
        };
        loop {
            let answer = match self.state(word) {
                State::Free => Answer::Invalid,
                State::Open | State::Referenced if self.fault == Fault::PinBeforeLook => return Answer::Done,
                State::Open | State::Referenced => Answer::Done,
                State::InChange => Answer::Pinned,
                State::Ending | State::Closed => Answer::Closed,
            };
            if answer != Answer::Done {
                if self.fault == Fault::PinBeforeLook {
                    self.leave(PIN);
                }
                return answer;
            }
            let to = word + PIN;
            if self.change(&mut word, to) {
                return Answer::Done;
            }
        }
    }
    fn unpin(&self) -> Answer {
        let mut word = self.word.load(Acquire);
        loop {
            if word < PIN {
                return Answer::Invalid;
            }
            let left = word - PIN;
            if self.change(&mut word, left) {
                self.left(left);
                return self.told(left);
            }
        }
    }

    // ---- sweep.c ----
    fn sweep(&self) {
        let mut word = self.word.load(Acquire);
        let in_change = loop {
            let state = self.state(word);
            if !matches!(state, State::Open | State::Referenced | State::InChange) {
                return;
            }
            let in_change = state == State::InChange;
            let ending = word - OPEN + ENDING;
            let to = match in_change {
                true => ending,
                false if self.fault == Fault::SweepByReference => ending + REFERENCE,
                false => ending | SWEPT | EXCLUSIVE,
            };
            if self.change(&mut word, to) {
                break in_change;
            }
        };
        if in_change {
            return;
        }
        if self.fault == Fault::SweepByReference {
            self.wipe();
            self.word.fetch_sub(REFERENCE, SeqCst);
        } else {
            self.word_sweep();
        }
    }

    // ---- What threads do ----
    fn read(&self) {
        if self.acquire() == Answer::Done {
            self.look(Self::release);
        }
    }
    fn look(&self, leave: fn(&Self) -> Answer) {
        self.use_memory();
        let seen = self.bytes.load(Relaxed);
        let answer = leave(self);
        assert!(answer != Answer::Invalid, "a pin was lost");
        assert!(seen == SECRET || answer == Answer::Closed, "zeros, and nobody tells");
    }
    fn write(&self) {
        if self.acquire() == Answer::Done {
            self.use_memory();
            self.bytes.store(SECRET, Relaxed);
            self.release();
        }
    }
    fn decode(&self) {
        if self.acquire_exclusive() == Answer::Done {
            self.have_alone();
            self.release_exclusive();
        }
    }
    fn use_pin(&self) {
        self.look(Self::unpin);
    }
    fn unpin_in_vain(&self) {
        assert_eq!(self.unpin(), Answer::Invalid);
    }
    fn pin_and_use(&self) {
        if self.pin() == Answer::Done {
            self.use_pin();
        }
    }

    // fork() copies all memory at one instant. What can be asked of two words at one instant is asked of one first and of the other later, when
    // neither goes back: closed, so wiped; not there, so closed.
    fn fork_word_first(&self) {
        let word = self.word.load(Acquire);
        let bytes = self.bytes.load(Relaxed);
        assert!(matches!(word & LIFE, OPEN | ENDING) || bytes == WIPED, "the child's sweep leaves a secret");
    }
    fn fork_memory_first(&self) {
        let mapped = self.mapped.load(Acquire);
        let word = self.word.load(Acquire);
        assert!(mapped || !matches!(word & LIFE, OPEN | ENDING), "the child's sweep writes to what is not there");
    }

    // ---- How it must end ----
    fn over(&self) {
        assert_eq!(self.word.load(Acquire), FREE, "not recycled");
        assert_eq!(self.handles.load(Acquire), 1, "the handle is lost");
        assert_eq!(self.releases.load(Acquire), self.births.load(Acquire), "the memory is lost");
    }
    /// Closed, and nobody is there any more: the memory is gone before the handle is freed, unless a sweep keeps it.
    fn closed_then_over(&self) {
        let word = self.word.load(Acquire);
        assert!(word == CLOSED || word == ENDING | SWEPT, "left unfinished: {word}");
        assert_eq!(self.acquire(), Answer::Closed);
        self.free_then_over();
    }
    fn free_then_over(&self) {
        if self.word.load(Acquire) != FREE {
            self.free();
        }
        self.over();
    }
    /// Swept: every use says so, and what other code still has a pointer to stays there (T29).
    fn swept_then_over(&self) {
        assert_eq!(self.bytes.load(Relaxed), WIPED, "swept, and dirty");
        assert_eq!(self.acquire(), Answer::Closed);
        assert_eq!(self.acquire_exclusive(), Answer::Closed);
        self.use_memory();
        self.free_then_over();
    }
}

type Role = fn(&Buffer);
struct Mix { name: &'static str, before: Role, threads: &'static [Role], end: Role }

const OPENED: Role = |b| { b.open(); };
const PINNED: Role = |b| { b.open(); b.pin(); };
const PINNED_TWICE: Role = |b| { b.open(); b.pin(); b.pin(); };
const CLOSE: Role = |b| { b.open(); b.close(); };
const NOTHING: Role = |_| ();
const MIXES: &[Mix] = &[
    Mix { name: "open, free || sweep", before: NOTHING, threads: &[|b| { b.open(); b.free() }, Buffer::sweep], end: Buffer::over },
    Mix { name: "read || close || read", before: OPENED, threads: &[Buffer::read, Buffer::close, Buffer::read], end: Buffer::closed_then_over },
    Mix { name: "read || decode || close", before: OPENED, threads: &[Buffer::read, Buffer::decode, Buffer::close], end: Buffer::closed_then_over },
    Mix { name: "close || close || decode", before: OPENED, threads: &[Buffer::close, Buffer::close, Buffer::decode], end: Buffer::closed_then_over },
    Mix { name: "decode || decode || read", before: OPENED, threads: &[Buffer::decode, Buffer::decode, Buffer::read], end: Buffer::free_then_over },
    Mix { name: "pin, unpin || close || close", before: OPENED, threads: &[Buffer::pin_and_use, Buffer::close, Buffer::close], end: Buffer::closed_then_over },
    Mix { name: "unpin || close || read", before: PINNED, threads: &[|b| b.use_pin(), Buffer::close, Buffer::read], end: Buffer::closed_then_over },
    Mix { name: "unpin || free", before: PINNED, threads: &[Buffer::use_pin, Buffer::free], end: Buffer::over },
    Mix { name: "unpin || unpin || free", before: PINNED_TWICE, threads: &[Buffer::use_pin, Buffer::use_pin, Buffer::free], end: Buffer::over },
    Mix { name: "unpin, open || free, open", before: PINNED, threads: &[|b| { b.use_pin(); b.open(); }, |b| { b.free(); b.open(); }], end: Buffer::free_then_over },
    Mix { name: "pin || unpin without a pin", before: CLOSE, threads: &[|b| { b.pin(); }, Buffer::unpin_in_vain], end: Buffer::free_then_over },
    Mix { name: "sweep || free, open", before: OPENED, threads: &[Buffer::sweep, |b| { b.free(); b.open(); }], end: Buffer::free_then_over },
    Mix { name: "sweep || read || read", before: OPENED, threads: &[Buffer::sweep, Buffer::read, Buffer::read], end: Buffer::swept_then_over },
    Mix { name: "sweep || write || read", before: OPENED, threads: &[Buffer::sweep, Buffer::write, Buffer::read], end: Buffer::swept_then_over },
    Mix { name: "sweep || sweep || write", before: OPENED, threads: &[Buffer::sweep, Buffer::sweep, Buffer::write], end: Buffer::swept_then_over },
    Mix { name: "write || close || write", before: OPENED, threads: &[Buffer::write, Buffer::close, Buffer::write], end: Buffer::closed_then_over },
    Mix { name: "sweep || read || decode", before: OPENED, threads: &[Buffer::sweep, Buffer::read, Buffer::decode], end: Buffer::closed_then_over },
    Mix { name: "sweep || sweep || close", before: OPENED, threads: &[Buffer::sweep, Buffer::sweep, Buffer::close], end: Buffer::closed_then_over },
    Mix { name: "sweep || unpin || free", before: PINNED, threads: &[Buffer::sweep, Buffer::use_pin, Buffer::free], end: Buffer::over },
    Mix { name: "fork || close || write", before: OPENED, threads: &[Buffer::fork_word_first, Buffer::close, Buffer::write], end: Buffer::closed_then_over },
    Mix { name: "fork, reverse || close || read", before: OPENED, threads: &[Buffer::fork_memory_first, Buffer::close, Buffer::read], end: Buffer::closed_then_over },
    Mix { name: "fork || unpin || free", before: PINNED, threads: &[Buffer::fork_word_first, Buffer::use_pin, Buffer::free], end: Buffer::over },
    Mix { name: "fork, reverse || unpin || free", before: PINNED, threads: &[Buffer::fork_memory_first, Buffer::use_pin, Buffer::free], end: Buffer::over },
    Mix { name: "fork || decode || close", before: OPENED, threads: &[Buffer::fork_word_first, Buffer::decode, Buffer::close], end: Buffer::closed_then_over },
    Mix { name: "fork, reverse || decode || close", before: OPENED, threads: &[Buffer::fork_memory_first, Buffer::decode, Buffer::close], end: Buffer::closed_then_over },
    Mix { name: "fork || sweep, free", before: OPENED, threads: &[Buffer::fork_word_first, |b| { b.sweep(); b.free() }], end: Buffer::over },
    Mix { name: "fork, reverse || sweep, free", before: OPENED, threads: &[Buffer::fork_memory_first, |b| { b.sweep(); b.free() }], end: Buffer::over },
];

/// Each must be found in the mix that is named, or the whole proves nothing.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::FreeBeforeMark, "open, free || sweep"),
    (Fault::FreeByStore, "open, free || sweep"),
    (Fault::FinishUnmarked, "unpin || close || read"),
    (Fault::ReleaseBeforeMark, "fork, reverse || close || read"),
    (Fault::MarkBeforeWipe, "fork || close || write"),
    (Fault::PagesAtOnce, "fork || close || write"),
    (Fault::LeaveUnfinished, "read || close || read"),
    (Fault::LeaveRelaxed, "read || close || read"),
    (Fault::CloseWithoutReference, "read || close || read"),
    (Fault::PinBeforeLook, "pin || unpin without a pin"),
    (Fault::ReleaseLooksBefore, "sweep || read || read"),
    (Fault::SweepByReference, "sweep || read || read"),
    (Fault::SweepOnce, "sweep || write || read"),
    (Fault::FreeDoesNotWait, "open, free || sweep"),
];

/// None: it holds.
fn violation(mix: &'static Mix, slot: bool, fault: Fault) -> Option<String> {
    let checked = std::thread::spawn(move || {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(if mix.threads.len() > 2 { 2 } else { 4 });
        model.check(move || {
            let b = Arc::new(Buffer::new(slot, fault));
            (mix.before)(&b);
            let threads: Vec<_> = mix.threads.iter().map(|role| { let (b, role) = (b.clone(), *role); loom::thread::spawn(move || role(&b)) }).collect();
            threads.into_iter().for_each(|t| t.join().unwrap());
            (mix.end)(&b);
        })
    });
    let panic = checked.join().err()?;
    Some(panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or("?".into()))
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let (mut wrong, mut mixes) = (0, 0);
    for mix in MIXES {
        let kinds: &[bool] = if mix.name.starts_with("fork") { &[false] } else { &[true, false] }; // no child can read a slot
        for &slot in kinds {
            mixes += 1;
            let start = std::time::Instant::now();
            let found = violation(mix, slot, Fault::None);
            let verdict = found.as_deref().unwrap_or("holds").replace('\n', " ");
            println!("{:32} {:6} {:6} ms  {verdict}", mix.name, if slot { "slot" } else { "pages" }, start.elapsed().as_millis());
            wrong += found.is_some() as i32;
        }
    }
    for (fault, name) in FAULTS {
        let mix = MIXES.iter().find(|mix| mix.name == *name).expect("a mix of that name");
        let found = [true, false].into_iter().find_map(|slot| violation(mix, slot, *fault));
        println!("{fault:?} in {name}: {}", found.as_deref().unwrap_or("NOT FOUND").replace('\n', " "));
        wrong += found.is_none() as i32;
    }
    println!("{mixes} mixes, {} controls, {wrong} findings", FAULTS.len());
    std::process::exit((wrong > 0) as i32);
}
