dnl SPDX-License-Identifier: MIT OR Apache-2.0
PHP_ARG_ENABLE([osmemlock], [whether to enable osmemlock],
  [AS_HELP_STRING([--enable-osmemlock], [Secrets in locked memory])], [yes])

if test "$PHP_OSMEMLOCK" != no; then
  case $host_os in
    linux*) ;;
    *) AC_MSG_ERROR([osmemlock: this package is for Linux]) ;;
  esac
  test "`$PHP_CONFIG --vernum`" -ge 80200 || AC_MSG_ERROR([osmemlock: PHP 8.2 or later is needed])
  PHP_NEW_EXTENSION([osmemlock], [@SOURCES@], [$ext_shared],, [-fvisibility=hidden -I@ext_srcdir@])
  PHP_ADD_LIBRARY([pthread], [1], [OSMEMLOCK_SHARED_LIBADD])
  PHP_ADD_LIBRARY([dl], [1], [OSMEMLOCK_SHARED_LIBADD])
  PHP_SUBST([OSMEMLOCK_SHARED_LIBADD])
  dnl A call that is bound late spills registers, and with them a secret, to the stack; and hooks at the end of threads must not outlive the code.
  LDFLAGS="$LDFLAGS -Wl,-z,now -Wl,-z,nodelete"
fi
