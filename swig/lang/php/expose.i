/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * $key->expose(fn(string $bytes) => ...): a whole string of PHP's, header and all, in a second locked buffer, wiped and cut to "" when the function
 * returns. Its count of references starts so high that PHP neither frees nor changes it, and tells whether somebody kept it: such a string stays,
 * empty, until it is let go of, and at the latest until the request has ended.
 */
%{
#include <pthread.h>

#define OSMLS_MANY     0x40000000u
#define OSMLS_FOR_GOOD (OSMLS_MANY + OSMLS_MANY / 2) /* more than any string has that lets go of it */

struct osmls_shell {
	osml_buffer *buffer;
	osml_buffer *lender; /* pinned while it is lent */
	zend_string *bytes;
	bool lent;
	struct osmls_shell *next;
};
static OSMLS_THREAD_LOCAL struct osmls_shell *osmls_shells;

static void osmls_empty(zend_string *bytes, uint32_t references)
{
	GC_SET_REFCOUNT(bytes, references);
	GC_TYPE_INFO(bytes) = GC_STRING;
	ZSTR_LEN(bytes) = 0;
	ZSTR_H(bytes) = 0;
}

/*
 * In a child of fork(), and after a purge, the pages are zeros, and a count of 0 would have PHP free what is none of its own. Nobody knows any more who
 * kept such a string, so that it stays until the request has ended.
 */
static void osmls_wiped(void)
{
	for (struct osmls_shell *shell = osmls_shells; shell; shell = shell->next)
		osmls_empty(shell->bytes, OSMLS_FOR_GOOD);
}

static void osmls_drop(struct osmls_shell **at)
{
	struct osmls_shell *shell = *at;

	*at = shell->next;
	if (shell->lent) /* a Fiber waits in the scope, and after a fatal error it never ends */
		osml_buffer_unpin(shell->lender);
	osml_buffer_unpin(shell->buffer);
	osml_buffer_free(shell->buffer);
	free(shell);
}

static void osmls_drop_unused(void)
{
	for (struct osmls_shell **at = &osmls_shells; *at;)
		if (!(*at)->lent && GC_REFCOUNT((*at)->bytes) <= OSMLS_MANY)
			osmls_drop(at);
		else
			at = &(*at)->next;
}

/* After the objects and variables of the request, also those of one that ended with a fatal error inside. */
static int osmls_request_over(void)
{
	while (osmls_shells)
		osmls_drop(&osmls_shells);
	return SUCCESS;
}

/* `bits`: not SECRETMEM and NOFORK, which a child has no pages of. */
static int osmls_fill(struct osmls_shell *shell, osml_buffer *from, size_t len)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	uint32_t bits = 0;
	void *memory = NULL;
	int rc = osml_buffer_protections(from, &bits);

	options.want = bits & OSML_DEFAULT_PROTECTIONS;
	if (rc == 0)
		rc = osml_buffer_new(&shell->buffer, _ZSTR_HEADER_SIZE + len + 1, &options);
	if (rc == 0)
		rc = osml_buffer_copy(shell->buffer, _ZSTR_HEADER_SIZE, from, 0, len);
	if (rc == 0)
		rc = osml_buffer_pin(shell->buffer, &memory, NULL);
	if (rc != 0)
		return rc;
	shell->bytes = (zend_string *)memory;
	osmls_empty(shell->bytes, OSMLS_MANY);
	ZSTR_LEN(shell->bytes) = len;
	return 0;
}

static struct osmls_shell *osmls_make_shell(osml_buffer *from, size_t len)
{
	struct osmls_shell *shell = (struct osmls_shell *)calloc(1, sizeof *shell);

	if (check(shell ? osmls_fill(shell, from, len) : -ENOMEM) != 0) {
		osml_buffer_free(shell ? shell->buffer : NULL);
		free(shell);
		return NULL;
	}
	shell->lender = from;
	shell->lent = true;
	shell->next = osmls_shells;
	osmls_shells = shell;
	return shell;
}

static int osmls_take_back(struct osmls_shell *shell)
{
	osml_wipe(ZSTR_VAL(shell->bytes), ZSTR_LEN(shell->bytes));
	osmls_empty(shell->bytes, GC_REFCOUNT(shell->bytes));
	shell->lent = false;
	return osml_buffer_unpin(shell->lender);
}

/* A fatal error leaves by a jump, and in a server the next request finds what it left behind. */
static int osmls_call(struct osmls_shell *shell, zval *work, zval *result)
{
	zval bytes;

	ZVAL_STR(&bytes, shell->bytes);
	zend_try {
		call_user_function(NULL, NULL, work, result, 1, &bytes);
	} zend_catch {
		osmls_take_back(shell);
		zend_bailout();
	} zend_end_try();
	return osmls_take_back(shell);
}

static zval osmls_expose(osml_buffer *b, zval *work)
{
	zval result;
	size_t len;
	struct osmls_shell *shell;
	int rc;

	ZVAL_NULL(&result);
	osmls_drop_unused();
	if (check(osml_buffer_pin(b, NULL, &len)) != 0)
		return result;
	shell = osmls_make_shell(b, len);
	if (!shell) {
		osml_buffer_unpin(b);
		return result;
	}
	rc = osmls_call(shell, work, &result);
	osmls_code = 0; /* the function may have called this module */
	if (!EG(exception) && check(rc) != 0) {
		zval_ptr_dtor(&result);
		ZVAL_NULL(&result);
	}
	osmls_drop_unused();
	return result;
}
%}
%typemap(in) zval *work %{
	if (!zend_is_callable(&$input, 0, NULL)) {
		zend_type_error("expected callable, %s given", zend_zval_type_name(&$input));
		SWIG_fail;
	}
	$1 = &$input;
%}
%typemap(out) zval %{ ZVAL_COPY_VALUE(return_value, &$1); %}

%extend LockedBuffer {
	zval expose(zval *work)
	{
		return osmls_expose($self, work);
	}
}
%exception osmls_purge {
	$action
	osmls_wiped();
	OSMLS_OUTCOME
}
%init %{
	((zend_module_entry *)zend_hash_str_find_ptr(&module_registry, "osmemlock", strlen("osmemlock")))->post_deactivate_func = osmls_request_over;
	pthread_atfork(NULL, NULL, osmls_wiped);
%}
