# SPDX-License-Identifier: MIT OR Apache-2.0
# What must never crash: each runs in a child, whose exit status is looked at. test_safety.R [NAME]: NAME is what the child runs.
library(osmemlock)

tests <- list()
live <- function() info(INFO_LIVE_BUFFERS)
program <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))

refused <- function(call, class = "error") {
  found <- tryCatch({
    call
    NULL
  }, error = identity)
  if (!inherits(found, class)) stop(deparse(substitute(call)), ": ", if (is.null(found)) "was not refused" else conditionMessage(found))
}

tests$use_after_close <- function() {
  b <- LockedBuffer(8)
  b$close()
  b$close()
  refused(b$wipe(), "OSML_ECLOSED")
  refused(b$verify(), "OSML_ECLOSED")
  refused(b$read(0, 1), "OSML_ECLOSED")
}

tests$null_and_foreign_objects <- function() {
  b <- LockedBuffer(8)
  guard <- disable_core_dumps_with_guard()
  foreign_pointer <- getNativeSymbolInfo("R_swig_info", "osmemlock")$address
  disguised <- structure(foreign_pointer, class = "LockedBuffer")
  for (foreign in list(NULL, "text", 12, list(), raw(8), TRUE, guard, foreign_pointer, disguised, structure(list(), class = "LockedBuffer"), new.env(),
                       quote(x), function() b, stdin())) {
    refused(b$equal(foreign))
    refused(b$copy(0, foreign, 0, 1))
    refused(LockedBuffer_close(foreign))
    refused(LockedBuffer_read(foreign, 0, 1))
    refused(osmemlock:::delete_LockedBuffer(foreign))
    if (!identical(foreign, guard)) refused(CoreDumpsGuard_release(foreign))
    if (!is.character(foreign)) refused(LockedBuffer_from_file(foreign, 9))
    if (!identical(foreign, 12)) refused(LockedBuffer_from_fd(foreign, 9))
  }
  refused(disguised$size())
  stopifnot(b$equal(b), live() == 1)
}

tests$home <- function() {
  path <- tempfile(tmpdir = tempdir())
  writeLines("key", path)
  Sys.setenv(HOME = dirname(path))
  for (named in c(path, file.path("~", basename(path)))) stopifnot(LockedBuffer_from_file(named, 9)$size() == 4)
  refused(LockedBuffer_from_file("~/no file of this name", 9), "ENOENT")
  refused(LockedBuffer_from_file(NULL, 9), "OSML_EINVAL")
}

tests$deleted_by_hand <- function() {
  b <- LockedBuffer(8)
  same <- b
  osmemlock:::delete_LockedBuffer(b)
  stopifnot(live() == 0)
  refused(b$wipe(), "OSML_EINVAL")
  refused(same$read(0, 1), "OSML_EINVAL")
  osmemlock:::delete_LockedBuffer(same)
  guard <- disable_core_dumps_with_guard()
  osmemlock:::delete_CoreDumpsGuard(guard)
  refused(guard$release(), "OSML_EINVAL")
  rm(b, same, guard)
  gc()
  stopifnot(info(INFO_DOUBLE_FREES) == 0)
}

tests$copies_files_and_texts <- function() {
  b <- LockedBuffer(8)
  b$write(0, charToRaw("contents"))
  same <- b
  same$set_byte(0, 7)
  stopifnot(b$get_byte(0) == 7)
  loaded <- unserialize(serialize(b, NULL))
  refused(loaded$wipe(), "OSML_EINVAL")
  rm(loaded)
  gc()
  texts <- c(capture.output(b), capture.output(print(b)), capture.output(disable_core_dumps_with_guard()), capture.output(str(b)))
  stopifnot(identical(capture.output(str(b)), " <LockedBuffer>"), identical(capture.output(str(list(b))), c("List of 1", " $ : <LockedBuffer>")))
  stopifnot(!grepl("contents|0x", texts), length(grep("ontents", rawToChar(serialize(b, NULL, ascii = TRUE)))) == 0)
}

tests$under_torture <- function() {
  gctorture(TRUE)
  with(b <- LockedBuffer(64), {
    b$fill(0, 7, 64)
    kept <- b$read(0, 64)
    refused(b$read(60, 9), "OSML_ERANGE")
  })
  guard <- disable_core_dumps_with_guard()
  gctorture(FALSE)
  stopifnot(identical(kept, rep(as.raw(7), 64)), b$closed())
}

tests$collected_in_thousands <- function() {
  for (i in 1:5000) {
    b <- LockedBuffer(32)
    b$random(0, 32)
    if (i %% 2) b$close()
    if (i %% 1000 == 0) gc()
  }
  rm(b)
  gc()
  stopifnot(live() == 0, info(INFO_DOUBLE_FREES) == 0)
}

tests$a_finalizer_uses_it <- function() {
  b <- LockedBuffer(8)
  reg.finalizer(new.env(), function(unused) b$close())
  gc()
  stopifnot(b$closed())
}

tests$garbage_holds_the_quota <- function() {
  if (Sys.getenv("OSML_QUOTA_SET") == "") {
    Sys.setenv(OSML_QUOTA_SET = "1")
    stopifnot(system2(Sys.getenv("OSML_QUOTA"), c("Rscript", program, "garbage_holds_the_quota")) == 0)
    return(invisible())
  }
  for (i in 1:40) LockedBuffer(10000) # five fit
}

tests$left_in_every_way <- function() {
  b <- LockedBuffer(8)
  by_return <- function() with(b, return(1))
  by_return()
  stopifnot(b$closed())
  tryCatch(with(b <- LockedBuffer(8), warning("w")), warning = identity)
  stopifnot(b$closed())
  withRestarts(with(b <- LockedBuffer(8), invokeRestart("away")), away = function() NULL)
  stopifnot(b$closed())
  withCallingHandlers(with(b <- LockedBuffer(8), message("told")), message = function(m) invokeRestart("muffleMessage"))
  stopifnot(b$closed())
}

tests$closing_fails_too <- function() {
  b <- LockedBuffer(8)
  failing <- osmemlock:::osmls_with(function(data) data$read(0, 9))
  told <- NULL
  refused(failing(b, 7), "OSML_ERANGE")
  found <- tryCatch(withCallingHandlers(failing(b, stop("the user's")), warning = function(w) {
    told <<- conditionMessage(w)
    invokeRestart("muffleWarning")
  }), error = conditionMessage)
  stopifnot(identical(found, "the user's"), grepl("OSML_ERANGE", told))
}

tests$fork <- function() {
  b <- LockedBuffer(8)
  child <- parallel::mcparallel({
    refused(b$read(0, 1), "OSML_EFORKED")
    b$close()
    rm(b)
    gc()
    with(own <- LockedBuffer(8), own$set_byte(0, 7))
    "done"
  })
  stopifnot(identical(parallel::mccollect(child)[[1]], "done"))
  b$set_byte(0, 7)
}

vmlck <- function() as.numeric(gsub("\\D", "", grep("^VmLck:", readLines("/proc/self/status"), value = TRUE)))

tests$regions_that_are_none <- function() {
  b <- LockedBuffer(8)
  before <- vmlck()
  region <- LockedRegion(raw(8))
  for (foreign in list(NULL, "text", 12, 1:8, list(), region, b, quote(x))) refused(LockedRegion(foreign))
  refused(LockedRegion(raw(8), 4), "OSML_EINVAL")
  refused(LockedRegion(raw(8), -1))
  refused(LockedRegion())
  refused(LockedRegion_unlock(b))
  refused(LockedRegion_unlock(NULL), "OSML_EINVAL")
  with(LockedRegion(raw(0), REGION_WIPE), NULL)
  loaded <- unserialize(serialize(region, NULL))
  refused(loaded$unlock(), "OSML_EINVAL")
  osmemlock:::delete_LockedRegion(region)
  refused(region$unlock(), "OSML_EINVAL")
  stopifnot(vmlck() == before, identical(capture.output(region), "<LockedRegion>"))
}

# A wrapper around the memory of another vector, which R moves to memory of its own: neither a lock nor a wipe would hit what is meant.
tests$vectors_that_share_their_memory <- function() {
  key <- structure(raw(4096), class = "key")
  b <- LockedBuffer(4096)
  b$fill(0, 7, 4096)
  for (call in list(LockedRegion, mlock, wipe, function(vector) b$read_into(0, vector))) refused(call(key))
  b$write(0, key)
  stopifnot(identical(b$read(0, 4096), raw(4096)))
}

# Nobody else refers to it, and what R made of its memory meanwhile would be wiped. A file gets nothing of it, while it gets the vector, which is
# the control.
tests$a_region_keeps_its_vector <- function() {
  before <- vmlck()
  contents <- charToRaw("contents of the vector")
  found <- function(object) grepl(paste(contents, collapse = ""), paste(serialize(object, NULL), collapse = ""))
  region <- LockedRegion(rev(rev(contents)), REGION_WIPE)
  stopifnot(!found(region), found(contents))
  regions <- lapply(1:200, function(i) LockedRegion(raw(1000), REGION_WIPE))
  gc()
  others <- lapply(1:2000, function(i) rep(as.raw(1), 1000))
  rm(region, regions)
  gc()
  stopifnot(vmlck() == before, all(unlist(others) == 1))
}

leak <- function() leaked <<- list(LockedBuffer(32), LockedBuffer(1e5), LockedRegion(raw(1e5), REGION_WIPE), disable_core_dumps_with_guard())
tests$live_at_end <- function() leak()
tests$live_at_quit <- function() {
  leak()
  quit(save = "no")
}
holding <- function(text, ...) {
  b <- LockedBuffer(nchar(text), ...)
  b$write(0, charToRaw(text))
  b
}
lent <- function(key) stop("lent")

tests$used_in_place <- function() {
  message <- charToRaw("message")
  b <- holding("secret")
  expected <- openssl::sha256(message, key = charToRaw("secret"))
  stopifnot(identical(expose(b, function(key) openssl::sha256(message, key = key)), expected))
  stopifnot(expose(b, function(outer) expose(b, function(inner) identical(outer, inner) && length(inner) == 6)))
  expose(b, function(key) key[1] <- as.raw(0)) # R changes a copy
  stopifnot(identical(b$read(0, 6), charToRaw("secret")), identical(expose(b, "rawToChar"), "secret"))
  stopifnot(expose(LockedBuffer(0), length) == 0, expose(LockedBuffer(2^20), length) == 2^20)
  for (work in list(NULL, 1, "no function of this name")) refused(expose(b, work))
  for (foreign in list(NULL, "text", raw(8), disable_core_dumps_with_guard())) refused(expose(foreign, lent))
  refused(expose(b, function(key) {
    b$close()
    stop(structure(class = c("mine", "error", "condition"), list(message = "mine", call = NULL)))
  }), "mine")
  stopifnot(callCC(function(leave) expose(holding("secret"), function(key) leave(length(key)))) == 6)
}

tests$closed_in_the_scope <- function() {
  for (end in list(function(b) b$close(), function(b) purge())) {
    b <- holding("secret")
    refused(expose(b, function(key) {
      end(b)
      7
    }), "OSML_ECLOSED")
    refused(expose(b, lent), "OSML_ECLOSED")
    b <- holding("secret")
    refused(expose(b, function(key) {
      end(b)
      openssl::sha256(raw(1), key = key)
    }), "OSML_ECLOSED")
  }
  b <- holding("secret", bitwOr(DEFAULT_PROTECTIONS, GUARDED))
  b$protect(ACCESS_NONE)
  refused(expose(b, lent), "OSML_EACCESS")
  b$protect(ACCESS_READ)
  stopifnot(expose(b, function(key) sum(as.integer(key))) == 646)
  b$protect(ACCESS_READWRITE)
  refused(b$decode(BASE64), "OSML_EFORMAT") # and not OSML_EPINNED
}

tests$kept_after_the_scope <- function() {
  kept <- list()
  for (i in 1:300) {
    b <- holding("secret")
    expose(b, function(key) kept[[length(kept) + 1]] <<- key)
    if (i %% 2) b$close()
    if (i %% 100 == 0) gc()
  }
  others <- lapply(1:300, function(i) holding("SECRET"))
  for (key in kept) {
    stopifnot(length(key) == 6)
    refused(key[1:6])
    refused(key[[1]])
  }
}

# R reads as many bytes as the dimensions say, from where the vector says that they are: what has ended says so, whoever asks, and has its length.
tests$kept_with_dimensions <- function() {
  b <- LockedBuffer(10000)
  b$fill(0, 65, 10000)
  plain <- expose(b, function(key) key)
  matrix <- expose(b, function(key) {
    dim(key) <- c(100, 100)
    key
  })
  same <- `attributes<-`(raw(10000), attributes(matrix))
  changed <- function(x) {
    x[1] <- raw(1)
    x
  }
  uses <- list(function(x) x[[1]], function(x) x[9999:10000], function(x) x[c(TRUE, FALSE)], function(x) x[-1], changed, rev, unique, duplicated,
               function(x) cbind(x, x), function(x) rbind(x, x), function(x) c(x, raw(1)), function(x) rep(x, 2), function(x) unlist(list(x, x)),
               function(x) capture.output(print(x)), function(x) capture.output(str(x)), function(x) serialize(x, NULL), rawToChar, as.integer,
               function(x) x == x, function(x) x & x, function(x) xor(x, x), function(x) b$write(0, x))
  for (x in list(plain, matrix)) {
    stopifnot(length(x) == 10000)
    for (use in uses) refused(use(x))
    gc()
  }
  refused(matrix[, 2])
  refused(t(matrix))
  refused(identical(matrix, same))
  refused(writeBin(plain, raw()))
  expose(b, function(key) stopifnot(all(cbind(key) == as.raw(65)))) # the control
}

# L6: no name of R's own is covered, or left about.
tests$attached <- function() {
  exported <- getNamespaceExports("osmemlock")
  stopifnot(!is.function(version), is.list(version), !"class" %in% exported, is.function(osmemlock_version))
  base <- unlist(lapply(c("base", "stats", "utils", "methods", "graphics", "grDevices", "datasets"), function(package) ls(paste0("package:", package))))
  stopifnot(length(intersect(exported, base)) == 0)
}

tests$classes_and_completion <- function() {
  b <- LockedBuffer(8)
  stopifnot(identical(class(b), "LockedBuffer"), identical(utils:::.DollarNames(b, "^clo"), c("close", "closed")))
  stopifnot(identical(utils:::.DollarNames(disable_core_dumps_with_guard(), ""), "release"), inherits(LockedRegion(raw(8)), "LockedRegion"))
}

tests$no_method_of_that_name <- function() {
  for (object in list(LockedBuffer(8), disable_core_dumps_with_guard(), LockedRegion(raw(100)))) {
    said <- tryCatch(object$typo, error = conditionMessage)
    stopifnot(identical(said, "no method of that name: typo"))
  }
}

tests$compared <- function() {
  b <- holding("secret")
  stopifnot(isTRUE(all.equal(b, holding("secret"))), !isTRUE(all.equal(b, holding("SECRET"))), !isTRUE(all.equal(b, "secret")))
  stopifnot(!identical(b, holding("SECRET")), isTRUE(all.equal(list(b), list(holding("secret")))))
  for (text in list(format, as.character, paste, toString, function(x) x == x)) refused(text(b))
  closed <- holding("secret")
  closed$close()
  refused(all.equal(b, closed), "OSML_ECLOSED")
}

# R writes the call of an error with its arguments, and do.call() puts the bytes themselves there.
tests$no_bytes_in_errors <- function() {
  shown <- function(f, ...) tryCatch(do.call(f, list(...)), error = function(e) paste(capture.output(print(e)), collapse = ""))
  bytes <- charToRaw("secret")
  b <- holding("secret")
  errors <- c(shown(LockedBuffer_write, b, "0", bytes), shown(LockedBuffer_write, b, 0.5, bytes), shown(LockedBuffer_write, bytes, 0, bytes),
              shown(LockedBuffer_from_env, bytes, 9), shown(LockedBuffer_find, b, 0, "secret"), shown(LockedBuffer_read_into, b, 0, "secret"))
  stopifnot(length(errors) == 6, !grepl("0x|secret", errors), grepl("0x73", shown(function(x) stop(), bytes)))
}

tests$never_saved <- function() {
  refused(expose(holding("secret"), function(key) serialize(key, NULL)))
  refused(expose(holding("secret"), function(key) saveRDS(key, tempfile())))
}

tests$exposed_under_gctorture <- function() {
  b <- holding("secret")
  gctorture(TRUE)
  for (i in 1:5) stopifnot(expose(b, function(key) sum(as.integer(key))) == 646)
  gctorture(FALSE)
}

tests$forked_in_the_scope <- function() {
  b <- holding("secret")
  told <- expose(b, function(key) parallel::mclapply(1:2, function(i) tryCatch(as.integer(key[1]), error = conditionMessage)))
  stopifnot(identical(substr(told[[1]], 1, 12), "OSML_EFORKED"), expose(b, length) == 6)
}

tests$quit_in_the_scope <- function() {
  kept <<- NULL
  reg.finalizer(globalenv(), function(unused) length(kept), onexit = TRUE)
  expose(holding("secret"), function(key) {
    kept <<- key
    quit(save = "no")
  })
}

tests$used_at_quit <- function() {
  leak()
  assign(".Last", function() leaked[[1]]$write(0, raw(1)), globalenv())
  reg.finalizer(globalenv(), function(unused) leaked[[1]]$closed(), onexit = TRUE)
  quit(save = "no")
}

# Finalizers run newest first, so the first one sees what the others left.
tells_at_quit <- function() {
  reg.finalizer(globalenv(), function(unused) cat(live(), "live\n"), onexit = TRUE)
  leak()
}
tests$finalized_at_quit <- function() {
  told <- system2("Rscript", c(program, "tells_at_quit"), stdout = TRUE)
  stopifnot(identical(told, "0 live"))
}

if (length(commandArgs(TRUE))) {
  name <- commandArgs(TRUE)
  if (name == "tells_at_quit") tells_at_quit() else tests[[name]]()
} else {
  if (system2("Rscript", c("-e", "'tools::pskill(Sys.getpid(), 9)'"), stderr = FALSE) == 0) stop("the control: a crash of a child must be seen")
  failed <- Filter(function(name) {
    ok <- system2("Rscript", c(program, name)) == 0
    cat(if (ok) "ok   " else "FAILED ", name, "\n", sep = "")
    !ok
  }, names(tests))
  cat(length(tests), "tests,", length(failed), "failed\n")
  quit(status = if (length(failed)) 1 else 0)
}
