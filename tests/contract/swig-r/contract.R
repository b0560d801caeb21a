# SPDX-License-Identifier: MIT OR Apache-2.0
# The contract of ../README.md, told in R. `contract.R quota` is the child of scenario 24.
library(osmemlock)

scenarios <- list()
scenario <- function(name, told) scenarios[[name]] <<- told
live <- function() info(INFO_LIVE_BUFFERS)
content <- function(b) b$read(0, b$size())
bytes <- function(text) charToRaw(text)
has <- function(bits, wanted) bitwAnd(bits, wanted) == wanted

# The call must signal a condition of that class; it is "error" where the arguments are wrong.
refused <- function(call, class = "error") {
  found <- tryCatch({
    call
    NULL
  }, error = identity)
  if (!inherits(found, class)) stop(deparse(substitute(call)), ": ", if (is.null(found)) "was not refused" else conditionMessage(found))
  if (class != "error") stopifnot(inherits(found, "osmemlock_error"), startsWith(conditionMessage(found), class))
  invisible(conditionMessage(found))
}

holding <- function(content) {
  b <- LockedBuffer(length(content))
  b$write(0, content)
  b
}

scenario("born zero", function() {
  with(b <- LockedBuffer(32), stopifnot(b$size() == 32, identical(content(b), raw(32))))
  with(b <- LockedBuffer(0), stopifnot(b$size() == 0, identical(content(b), raw(0))))
})

scenario("bytes go in and out", function() {
  with(b <- LockedBuffer(32), {
    key <- as.raw(c(0, 0x6b, 0x65, 0x79, 0xff))
    b$write(5, key)
    into <- raw(3)
    b$read_into(6, into)
    stopifnot(rawToChar(into) == "key", identical(content(b), c(raw(5), key, raw(22))))
    b$set_byte(31, 200)
    stopifnot(b$get_byte(9) == 255, b$get_byte(31L) == 200L)
    b$fill(0, 7, 2)
    b$copy(2, b, 0, 2)
    stopifnot(identical(b$read(0, 5), as.raw(c(7, 7, 7, 7, 0))))
  })
})

scenario("positions outside are refused", function() {
  with(b <- LockedBuffer(8), {
    for (position in c(-1, 8, 2^31, 2^32, 2^53, -2^31, 2^63, 2^64, -Inf, Inf)) {
      refused(b$get_byte(position))
      refused(b$set_byte(position, 1))
      refused(b$write(position, bytes("x")))
      refused(b$read(position, 1))
    }
    for (range in list(c(7, 2), c(0, 9), c(8, 1), c(1, 2^53 - 1), c(2^53 - 1, 2))) {
      refused(b$read(range[1], range[2]), "OSML_ERANGE")
      refused(b$fill(range[1], 1, range[2]), "OSML_ERANGE")
    }
    refused(b$write(4, raw(5)), "OSML_ERANGE")
    refused(b$set_byte(0, 256), "OSML_EINVAL")
    stopifnot(identical(content(b), raw(8)))
  })
})

scenario("wrong arguments are refused", function() {
  before <- live()
  wrong <- list(-1, 1.5, NA, NA_integer_, NA_real_, NaN, Inf, -Inf, 2^64, -2^63, "8", NULL, TRUE, c(8, 8), numeric(0), list(8), 8i, as.raw(8),
                factor(8), quote(x), function() 8)
  for (size in wrong) refused(LockedBuffer(size))
  refused(LockedBuffer(2^52), "ENOMEM")
  refused(LockedBuffer())
  refused(LockedBuffer(8, 2^31), "OSML_EINVAL")
  refused(LockedBuffer(8, DEFAULT_PROTECTIONS, 99), "OSML_EINVAL")
  with(b <- LockedBuffer(8), {
    for (content in list("text", NULL, 8, 8L, NA, list())) refused(b$write(0, content))
    refused(b$equal(NULL), "OSML_EINVAL")
    refused(LockedBuffer_close(NULL), "OSML_EINVAL")
    refused(b$equal(raw(8)))
    for (path in list(8, NA_character_, c("a", "b"), character(0))) refused(LockedBuffer_from_file(path, 8))
    refused(LockedBuffer_from_file(NULL, 8), "OSML_EINVAL")
    stopifnot(live() == before + 1)
  })
})

scenario("close wipes", function() {
  b <- holding(bytes("key"))
  before <- live()
  stopifnot(!b$closed())
  b$close()
  stopifnot(b$closed(), live() == before - 1)
})

scenario("close twice", function() {
  b <- LockedBuffer(8)
  b$close()
  b$close()
  stopifnot(b$closed())
})

scenario("closed is refused", function() {
  b <- LockedBuffer(8)
  b$close()
  with(other <- LockedBuffer(8), {
    refused(b$write(0, bytes("x")), "OSML_ECLOSED")
    refused(b$read(0, 1), "OSML_ECLOSED")
    refused(b$read_into(0, raw(1)), "OSML_ECLOSED")
    refused(b$get_byte(0), "OSML_ECLOSED")
    refused(b$set_byte(0, 1), "OSML_ECLOSED")
    refused(b$fill(0, 1, 1), "OSML_ECLOSED")
    refused(b$random(0, 8), "OSML_ECLOSED")
    refused(b$copy(0, other, 0, 1), "OSML_ECLOSED")
    refused(other$copy(0, b, 0, 1), "OSML_ECLOSED")
    refused(b$equal(other), "OSML_ECLOSED")
    refused(other$equal(b), "OSML_ECLOSED")
    refused(b$protect(ACCESS_READ), "OSML_ECLOSED")
    refused(b$write_fd(1), "OSML_ECLOSED")
    refused(b$read_fd(0, 1, 0), "OSML_ECLOSED")
    refused(b$piped(c(charToRaw("cat"), raw(1)), 9), "OSML_ECLOSED")
    refused(b$decode(HEX), "OSML_ECLOSED")
    refused(b$encode(HEX), "OSML_ECLOSED")
    refused(b$part(0, 1), "OSML_ECLOSED")
    refused(b$joined(other), "OSML_ECLOSED")
    refused(other$joined(b), "OSML_ECLOSED")
    refused(b$prefixed(bytes("x")), "OSML_ECLOSED")
    refused(b$suffixed(bytes("x")), "OSML_ECLOSED")
    refused(b$find(0, bytes("x")), "OSML_ECLOSED")
    refused(b$equal_bytes(bytes("x")), "OSML_ECLOSED")
    for (method in c("wipe", "protections", "verify")) {
      call <- do.call("$", list(b, method))
      refused(call(), "OSML_ECLOSED")
    }
  })
  stopifnot(b$closed(), b$size() == 8)
})

scenario("the scope closes", function() {
  stopifnot(with(b <- LockedBuffer(8), "result") == "result", b$closed())
  refused(with(b <- LockedBuffer(8), stop("mine")))
  stopifnot(b$closed())
  leaves <- function() with(b <<- LockedBuffer(8), return("early"))
  b <- NULL
  stopifnot(leaves() == "early", b$closed())
  for (once in 1) with(b <- LockedBuffer(8), break)
  stopifnot(b$closed())
})

scenario("the user's error survives", function() {
  mine <- simpleCondition("mine")
  class(mine) <- c("mine", "error", "condition")
  caught <- tryCatch(with(b <- LockedBuffer(8), {
    b$close()
    stop(mine)
  }), error = identity)
  stopifnot(identical(caught, mine))
})

scenario("dropped is collected", function() {
  gc()
  before <- live()
  dropped <- lapply(rep(32, 100), LockedBuffer)
  stopifnot(live() == before + 100)
  rm(dropped)
  gc()
  stopifnot(live() == before)
})

scenario("equal", function() {
  a <- holding(bytes("same bytes"))
  b <- holding(bytes("same bytes"))
  longer <- holding(bytes("same bytes!"))
  stopifnot(a$equal(b), !a$equal(longer))
  b$set_byte(9, bitwXor(b$get_byte(9), 1L))
  stopifnot(!a$equal(b))
  b$close()
  refused(a$equal(b), "OSML_ECLOSED")
  a$close()
  longer$close()
})

scenario("random", function() {
  with(a <- LockedBuffer(32), with(b <- LockedBuffer(32), {
    a$random(0, 32)
    b$random(0, 32)
    stopifnot(length(unique(list(content(a), content(b), raw(32)))) == 3)
  }))
})

scenario("wipe", function() {
  with(b <- holding(bytes("key")), {
    b$wipe()
    stopifnot(identical(content(b), raw(3)), !b$closed())
  })
})

scenario("protections are true", function() {
  wanted <- LOCKED + NODUMP + WIPEONFORK + CANARY
  stopifnot(wanted == DEFAULT_PROTECTIONS)
  with(b <- LockedBuffer(32), stopifnot(has(b$protections(), wanted), has(b$verify(), wanted)))
})

scenario("guarded buffers can be shut", function() {
  with(b <- LockedBuffer(8, DEFAULT_PROTECTIONS + GUARDED), {
    b$protect(ACCESS_READ)
    stopifnot(b$get_byte(0) == 0)
    refused(b$write(0, bytes("x")), "OSML_EACCESS")
    b$protect(ACCESS_NONE)
    refused(b$get_byte(0), "OSML_EACCESS")
    refused(b$write(0, bytes("x")), "OSML_EACCESS")
    b$protect(ACCESS_READWRITE)
    b$write(0, bytes("x"))
    stopifnot(identical(b$read(0, 1), bytes("x")))
  })
  with(plain <- LockedBuffer(8), refused(plain$protect(ACCESS_READ), "OSML_EUNSUPPORTED"))
})

scenario("from a file", function() {
  path <- tempfile()
  on.exit(unlink(path))
  writeLines("the key", path)
  with(b <- LockedBuffer_from_file(path, 100), stopifnot(identical(content(b), bytes("the key\n"))))
  with(b <- LockedBuffer_from_file(path, 8, TRIM_NEWLINE), stopifnot(identical(content(b), bytes("the key"))))
  refused(LockedBuffer_from_file(path, 7), "OSML_ETOOBIG")
  refused(LockedBuffer_from_file("/dev/null", 7), "OSML_EEMPTY")
  refused(LockedBuffer_from_file("/no/such/file", 7), "ENOENT")
  refused(LockedBuffer_from_credential("no-such-credential", 7), "ENOENT")
})

# R does not tell the descriptor of a connection: the newest that leads to that path.
descriptor_of <- function(path) {
  descriptors <- list.files("/proc/self/fd", full.names = TRUE)
  max(as.integer(basename(descriptors[Sys.readlink(descriptors) %in% path])))
}

# A FIFO, because R has no pipe(); opened for both it waits for no other end, fifo(7).
scenario("from a descriptor, and out again", function() {
  path <- file.path(normalizePath(tempdir()), "fifo")
  stopifnot(system2("mkfifo", path) == 0)
  on.exit(unlink(path))
  both <- file(path, "r+b", raw = TRUE)
  writer <- descriptor_of(path)
  reader <- file(path, "rb", raw = TRUE)
  with(b <- holding(c(raw(1), bytes("through"), raw(1), bytes("a pipe"), raw(1))), {
    b$write_fd(writer)
    b$write_fd(writer)
    close(both)
    with(part <- LockedBuffer(20), {
      stopifnot(part$read_fd(2, 16, descriptor_of(path)) == 16, identical(content(part)[3:4], c(raw(1), bytes("t"))))
      refused(part$read_fd(19, 2, descriptor_of(path)), "OSML_ERANGE")
    })
    with(c <- LockedBuffer_from_fd(fd_from_os_handle(descriptor_of(path)), 100), stopifnot(b$equal(c)))
  })
  close(reader)
  refused(LockedBuffer_from_fd(-1, 100), "EBADF")
  refused(fd_from_os_handle(-1), "OSML_EINVAL")
})

scenario("from the environment", function() {
  Sys.setenv(OSML_CONTRACT = "out of the environment")
  with(b <- LockedBuffer_from_env("OSML_CONTRACT", 100), stopifnot(rawToChar(content(b)) == "out of the environment"))
  stopifnot(is.na(Sys.getenv("OSML_CONTRACT", NA)))
  refused(LockedBuffer_from_env("OSML_CONTRACT", 100), "ENOENT")
})

scenario("decode", function() {
  hex <- holding(bytes("00ff6B"))
  base64 <- holding(bytes("AP9r/w=="))
  neither <- holding(bytes("neither!"))
  base32 <- holding(bytes("ad7w x7y\n"))
  hex$decode(HEX)
  base64$decode(BASE64)
  base32$decode(BASE32)
  stopifnot(identical(content(hex), as.raw(c(0, 0xff, 0x6b))), identical(content(base64), as.raw(c(0, 0xff, 0x6b, 0xff))))
  stopifnot(base32$equal(base64), grepl("Line 1", refused(neither$decode(HEX), "OSML_EFORMAT"), fixed = TRUE))
  refused(neither$decode(BASE64), "OSML_EFORMAT")
  stopifnot(identical(content(neither), bytes("neither!")))
  for (b in list(hex, base64, base32, neither)) b$close()
})

number_in <- function(path, words) {
  line <- grep(words, readLines(path), value = TRUE)
  sub("^\\s*(\\S+).*", "\\1", sub(words, "", line))
}
vmlck <- function() as.numeric(number_in("/proc/self/status", "^VmLck:"))
soft <- function() number_in("/proc/self/limits", "^Max core file size")

scenario("locks by address", function() {
  own <- raw(2^20)
  own[] <- as.raw(1)
  before <- vmlck()
  mlock(own)
  stopifnot(vmlck() >= before + 1024)
  munlock(own)
  stopifnot(vmlck() == before)
  madvise_dontdump(own)
  wipe(own)
  stopifnot(identical(own, raw(2^20)))
  refused(mlock("text"))
  refused(mlock(NULL))
  ones <- LockedBuffer(2^20)
  ones$fill(0, 1, 2^20)
  before <- vmlck()
  first <- LockedRegion(own, REGION_WIPE)
  second <- LockedRegion(own)
  ones$read_into(0, own)
  first$unlock()
  first$unlock()
  stopifnot(identical(own, raw(2^20)), vmlck() >= before + 1024)
  second$unlock()
  stopifnot(vmlck() == before)
  ones$close()
  refused(LockedRegion("text"))
})

scenario("core dumps off and on", function() {
  before <- soft()
  stopifnot(before != "0") # the program must start with core dumps on
  with(disable_core_dumps_with_guard(), stopifnot(soft() == "0"))
  stopifnot(soft() == before)
  first <- disable_core_dumps_with_guard()
  second <- disable_core_dumps_with_guard()
  first$release()
  stopifnot(soft() == "0")
  second$release()
  second$release()
  stopifnot(soft() == before)
  disable_core_dumps_for_process()
  stopifnot(soft() == "0")
})

scenario("Windows helpers", function() {
  stopifnot(c(SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX) == c(1, 2, 0x8000))
  refused(set_windows_error_mode(1), "OSML_EUNSUPPORTED")
  refused(suppress_windows_error_dialogs_for_process(), "OSML_EUNSUPPORTED")
})

scenario("the report", function() {
  gc()
  stopifnot(info(INFO_PAGE_SIZE) == as.integer(system2("getconf", "PAGESIZE", stdout = TRUE)), live() == 0)
  with(LockedBuffer(8), stopifnot(live() == 1))
  stopifnot(live() == 0, UNLIMITED == 2^64)
  stopifnot(grepl("^\\d+\\.\\d+\\.\\d+(-\\w+)?$", osmemlock_version()), error_name(-10001) == "OSML_EUNSUPPORTED")
  refused(info(999), "OSML_EINVAL")
})

scenario("the lock limit is explained", function() {
  program <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  message <- system2(Sys.getenv("OSML_QUOTA"), c("Rscript", program, "quota"), stdout = TRUE)
  for (word in c("OSML_ELIMIT", "65536", "ulimit -l")) stopifnot(grepl(word, message, fixed = TRUE))
})

scenario("purge closes everything", function() {
  ended <- list(holding(bytes("secret")), LockedBuffer(100000, bitwOr(DEFAULT_PROTECTIONS, GUARDED)))
  purge()
  stopifnot(live() == 0)
  for (b in ended) {
    stopifnot(b$closed())
    refused(b$get_byte(0), "OSML_ECLOSED")
    b$close()
  }
  with(b <- holding(bytes("new")), stopifnot(live() == 1, identical(content(b), bytes("new"))))
  purge()
})

scenario("trim gives idle memory back", function() {
  figures <- function() c(info(INFO_IDLE_BYTES), info(INFO_LIBRARY_LOCKED_BYTES))
  with(stays <- holding(bytes("stays")), {
    made <- lapply(1:100, function(i) LockedBuffer(1000))
    for (b in made) b$close()
    before <- figures()
    trim()
    stopifnot(figures() < before, identical(content(stays), bytes("stays")))
  })
})

scenario("encode", function() {
  with(b <- holding(as.raw(c(0, 0xff, 0x6b, 0xff))), {
    texts <- c("00ff6bff", "AP9r/w==", "AP9r_w", "AD7WX7Y=")
    codings <- c(HEX, BASE64, BASE64URL, BASE32)
    for (i in 1:4) {
      encoded <- b$encode(codings[i])
      stopifnot(identical(content(encoded), bytes(texts[i])))
      encoded$decode(codings[i])
      stopifnot(encoded$equal(b))
      encoded$close()
    }
    refused(b$encode(0), "OSML_EINVAL")
  })
})

scenario("words around a secret", function() {
  b <- holding(bytes("t0k3n"))
  before <- b$prefixed(bytes("Bearer "))
  header <- before$suffixed(bytes("\r\n"))
  part <- header$part(7, 5)
  twice <- b$joined(b)
  stopifnot(identical(lapply(list(b, header, part, twice), content), lapply(c("t0k3n", "Bearer t0k3n\r\n", "t0k3n", "t0k3nt0k3n"), bytes)))
  stopifnot(header$find(0, bytes("t0k3n")) == 7, header$find(8, bytes("t0k3n")) == -1, twice$find(1, bytes("t0")) == 5)
  stopifnot(b$equal_bytes(bytes("t0k3n")), !b$equal_bytes(bytes("t0k3N")), !b$equal_bytes(bytes("t0k3")))
  refused(b$part(1, 5), "OSML_ERANGE")
  memory <- bytes("taken")
  taken <- LockedBuffer_take(memory)
  stopifnot(identical(content(taken), bytes("taken")), identical(memory, raw(5)))
  for (made in list(b, before, header, part, twice, taken)) made$close()
})

scenario("used in place", function() {
  b <- holding(bytes("secret"))
  kept <- NULL
  stopifnot(expose(b, function(bytes) {
    kept <<- bytes
    sum(as.integer(bytes))
  }) == 646, inherits(tryCatch(kept[[1]], error = identity), "error"))
  mine <- structure(class = c("mine", "error", "condition"), list(message = "mine", call = NULL))
  stopifnot(inherits(tryCatch(expose(b, function(bytes) stop(mine)), error = identity), "mine"))
  refused(expose(b, function(bytes) {
    b$close()
    7
  }), "OSML_ECLOSED")
  refused(expose(b, function(bytes) stop("lent")), "OSML_ECLOSED")
})

scenario("from a command", function() {
  words <- function(...) unlist(lapply(c(...), function(word) c(charToRaw(word), raw(1))))
  run <- function(most, ...) LockedBuffer_from_command(words(...), most)
  with(b <- run(100, "printf", "%s", "$HOME; `id`"), stopifnot(rawToChar(content(b)) == "$HOME; `id`"))
  with(b <- LockedBuffer(300000), {
    with(c <- b$piped(words("cat"), 300000), stopifnot(b$equal(c)))
    stopifnot(grepl("exit status was 3", refused(b$piped(words("sh", "-c", "exit 3"), 9), "OSML_ECOMMAND"), fixed = TRUE))
  })
  refused(run(3, "echo", "long"), "OSML_ETOOBIG")
  refused(run(3, "true"), "OSML_EEMPTY")
  refused(run(3, "/nonexistent/program"), "ENOENT")
})

tell <- function(number) {
  name <- names(scenarios)[number]
  tryCatch({
    scenarios[[number]]()
    cat(sprintf("ok %d - %s\n", number, name))
  }, error = function(error) {
    cat(sprintf("not ok %d - %s\n# %s\n", number, name, gsub("\n", "\n# ", conditionMessage(error))))
  })
}

if (identical(commandArgs(TRUE), "quota")) {
  cat(refused(LockedBuffer(2^20), "OSML_ELIMIT"), "\n")
} else {
  cat(sprintf("1..%d\n", length(scenarios)))
  for (number in seq_along(scenarios)) tell(number)
}
