// SPDX-License-Identifier: MIT OR Apache-2.0
//! Crates that keep secrets, each in its best documented use, behind the table of ../c/crate.c.
use std::ffi::{c_char, c_int, c_long, c_void, CStr};
use zeroize::Zeroize;

/// What one crate keeps. `fill` gets the place where the bytes stay.
trait Kept: Sized {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self>;
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R;
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8]));
    fn end(self) {}
}

// ---- What locks and wipes is up to the caller ----------------------------------------------------------------------

struct OsMemlock(Vec<u8>);
impl Kept for OsMemlock {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut bytes = vec![0; size];
        unsafe {
            os_memlock::mlock(bytes.as_ptr().cast(), size).ok()?;
            let _ = os_memlock::madvise_dontdump(bytes.as_mut_ptr().cast(), size); // wants whole pages
        }
        fill(&mut bytes);
        Some(Self(bytes))
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&self.0)
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        write(&mut self.0)
    }
    fn end(mut self) {
        self.0.as_mut_slice().zeroize();
        let _ = unsafe { os_memlock::munlock(self.0.as_ptr().cast(), self.0.len()) };
    }
}

struct Region(Vec<u8>, region::LockGuard);
impl Kept for Region {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut bytes = vec![0; size];
        let guard = region::lock(bytes.as_ptr(), size).ok()?;
        fill(&mut bytes);
        Some(Self(bytes, guard))
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&self.0)
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        write(&mut self.0)
    }
    fn end(mut self) {
        self.0.as_mut_slice().zeroize();
        drop(self.1);
    }
}

// ---- Those that wipe, and lock nothing -------------------------------------------------------------------------------

struct Zeroizing(zeroize::Zeroizing<Vec<u8>>);
impl Kept for Zeroizing {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut bytes = zeroize::Zeroizing::new(vec![0; size]);
        fill(&mut bytes);
        Some(Self(bytes))
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&self.0)
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        write(&mut self.0)
    }
}

impl Kept for secrecy::SecretSlice<u8> {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        use secrecy::ExposeSecretMut;
        let mut secret: Self = vec![0; size].into();
        fill(secret.expose_secret_mut());
        Some(secret)
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        use secrecy::ExposeSecret;
        look(self.expose_secret())
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        use secrecy::ExposeSecretMut;
        write(self.expose_secret_mut())
    }
}

// ---- Those with memory of their own --------------------------------------------------------------------------------

struct Memsec(std::ptr::NonNull<[u8]>);
impl Kept for Memsec {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut bytes = unsafe { memsec::malloc_sized(size)? };
        fill(unsafe { bytes.as_mut() });
        Some(Self(bytes))
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(unsafe { self.0.as_ref() })
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        write(unsafe { self.0.as_mut() })
    }
    fn end(self) {
        unsafe { memsec::free(self.0) }
    }
}

impl Kept for secrets::SecretVec<u8> {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        Some(secrets::SecretVec::new(size, |bytes| fill(bytes)))
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&self.borrow())
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        write(&mut self.borrow_mut())
    }
}

impl Kept for secure_types::SecureBytes {
    fn make(size: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut secret = secure_types::SecureBytes::from_vec(vec![0; size]).ok()?;
        secret.unlock_slice_mut(|bytes| fill(bytes));
        Some(secret)
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        self.unlock_slice(look)
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        self.unlock_slice_mut(|bytes| write(bytes))
    }
}

const SIZE: usize = 64;

impl Kept for memsafe::Secret<SIZE> {
    fn make(_: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        memsafe::Secret::<SIZE>::new_with(|bytes| fill(&mut bytes[..])).ok()
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        look(&self.read().unwrap()[..])
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        write(&mut self.write().unwrap()[..])
    }
}

impl Kept for sec_mem::SecMem<[u8; SIZE]> {
    fn make(_: usize, fill: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        let mut secret = sec_mem::SecMem::new([0; SIZE]);
        secret.access_mut(|bytes| fill(&mut bytes[..]));
        Some(secret)
    }
    fn lend<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        let (mut look, mut seen) = (Some(look), None);
        self.access(|bytes| seen = look.take().map(|look| look(&bytes[..])));
        seen.unwrap()
    }
    fn open(&mut self, write: &mut dyn FnMut(&mut [u8])) {
        self.access_mut(|bytes| write(&mut bytes[..]))
    }
}

// ---- The table -----------------------------------------------------------------------------------------------------

#[repr(C)]
pub struct Crate {
    hold: extern "C" fn(c_int, usize) -> *mut c_void,
    sum: extern "C" fn(*mut c_void, usize) -> c_int,
    data: extern "C" fn(*mut c_void) -> *const c_void,
    poke: extern "C" fn(*mut c_void, c_long, c_long),
    release: extern "C" fn(*mut c_void),
}

fn read_to(fd: c_int, bytes: &mut [u8]) {
    let mut done = 0;
    while fd >= 0 && done < bytes.len() {
        let got = unsafe { libc::read(fd, bytes[done..].as_mut_ptr().cast(), bytes.len() - done) };
        assert!(got > 0);
        done += got as usize;
    }
}

/// A refused lock may be a panic, which is a refusal too.
extern "C" fn hold<K: Kept>(fd: c_int, size: usize) -> *mut c_void {
    match std::panic::catch_unwind(|| K::make(size, &mut |bytes| read_to(fd, bytes))) {
        Ok(Some(kept)) => Box::into_raw(Box::new(kept)).cast(),
        _ => std::ptr::null_mut(),
    }
}

extern "C" fn sum<K: Kept>(held: *mut c_void, size: usize) -> c_int {
    let kept = unsafe { &mut *held.cast::<K>() };
    kept.lend(|bytes| {
        let mut sum: u8 = 0;
        for at in 0..size {
            sum = sum.wrapping_add(unsafe { std::ptr::read_volatile(&bytes[at]) });
        }
        sum.into()
    })
}

extern "C" fn data<K: Kept>(held: *mut c_void) -> *const c_void {
    unsafe { &mut *held.cast::<K>() }.lend(|bytes| bytes.as_ptr().cast())
}

/// Outside of the bytes, as a faulty program does while it may write to them.
extern "C" fn poke<K: Kept>(held: *mut c_void, offset: c_long, count: c_long) {
    unsafe { &mut *held.cast::<K>() }.open(&mut |bytes| {
        for at in 0..count {
            unsafe {
                let place = bytes.as_mut_ptr().offset((offset + at) as isize);
                place.write_volatile(place.read_volatile() ^ 0x5a);
            }
        }
    });
}

extern "C" fn release<K: Kept>(held: *mut c_void) {
    unsafe { Box::from_raw(held.cast::<K>()) }.end();
}

const fn of<K: Kept>() -> Crate {
    Crate { hold: hold::<K>, sum: sum::<K>, data: data::<K>, poke: poke::<K>, release: release::<K> }
}

static CRATES: &[(&str, Crate)] = &[
    ("os-memlock", of::<OsMemlock>()),
    ("region", of::<Region>()),
    ("zeroize", of::<Zeroizing>()),
    ("secrecy", of::<secrecy::SecretSlice<u8>>()),
    ("memsec", of::<Memsec>()),
    ("secrets", of::<secrets::SecretVec<u8>>()),
    ("secure-types", of::<secure_types::SecureBytes>()),
    ("memsafe", of::<memsafe::Secret<SIZE>>()),
    ("sec-mem", of::<sec_mem::SecMem<[u8; SIZE]>>()),
];

/// # Safety
/// `name` is a C string.
#[no_mangle]
pub unsafe extern "C" fn osml_proof_crate(name: *const c_char) -> *const Crate {
    std::panic::set_hook(Box::new(|_| {}));
    let name = CStr::from_ptr(name).to_str().unwrap_or("");
    CRATES.iter().find(|(known, _)| *known == name).map_or(std::ptr::null(), |(_, found)| found)
}
