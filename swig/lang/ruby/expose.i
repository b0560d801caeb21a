/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * key.expose { |bytes| ... }: a frozen String whose bytes are a locked copy, which is zeros when the block is left. It keeps its length: a MatchData keeps
 * the String itself, and reads at the places that it found without asking how long the String is. A dup of it, or its tail, may share that memory
 * and keeps the String, whose instance variable keeps the memory until it is collected. Its class makes no symbols, and is not interned: Ruby's
 * table of such texts would outlive the memory.
 */
%{
static VALUE osmls_exposed; /* the class */

/* Of the keeper, so that a block which never ends, because its Fiber was dropped, lends no longer than until that is collected. */
struct osmls_scope {
	osml_loan loan;
	bool lent;
	bool over; /* the block came to its end */
};

static int osmls_end(struct osmls_scope *scope)
{
	bool lent = scope->lent;

	scope->lent = false;
	return lent ? osmls_end_loan(&scope->loan) : 0;
}

static void osmls_collected(void *given)
{
	struct osmls_scope *scope = (struct osmls_scope *)given;

	osmls_end(scope);
	osmls_give_up(scope->loan.copy);
	xfree(scope);
}

static const rb_data_type_t osmls_copy_type = { "copy of a LockedBuffer", { NULL, osmls_collected, NULL }, NULL, NULL, RUBY_TYPED_FREE_IMMEDIATELY };

static void osmls_refuse(int code)
{
	char message[OSMLS_MESSAGE];

	osmls_explain(message, code);
	osmls_raise(code, message);
}

static VALUE osmls_yield(VALUE keeper)
{
	struct osmls_scope *scope = (struct osmls_scope *)RTYPEDDATA_DATA(keeper);
	VALUE string = rb_obj_reveal(rb_str_new_static((const char *)scope->loan.data, (long)scope->loan.len), osmls_exposed), result;

	rb_ivar_set(string, rb_intern("keeper"), keeper);
	result = rb_yield(rb_obj_freeze(string));
	scope->over = true;
	return result;
}

/* What break, return and throw carry is a result too: for these Ruby has no error at hand. Only a real one goes before that of a buffer closed. */
static VALUE osmls_unexpose(VALUE keeper)
{
	struct osmls_scope *scope = (struct osmls_scope *)RTYPEDDATA_DATA(keeper);
	bool failed = !scope->over && !NIL_P(rb_errinfo());
	int rc = osmls_end(scope);

	if (rc != 0 && !failed)
		osmls_refuse(rc);
	return Qnil;
}

static VALUE osmls_expose(VALUE self)
{
	osml_buffer *b = (osml_buffer *)osmls_argument(self, SWIGTYPE_p_LockedBuffer);
	struct osmls_scope *scope;
	VALUE keeper;
	int rc;

	rb_need_block();
	keeper = TypedData_Make_Struct(0, struct osmls_scope, &osmls_copy_type, scope);
	rc = osmls_lend(&scope->loan, b);
	if (rc == OSML_ELIMIT) { /* of earlier copies */
		rb_funcall(rb_mGC, rb_intern("start"), 0);
		rc = osmls_lend(&scope->loan, b);
	}
	scope->lent = rc == 0;
	if (rc != 0)
		osmls_refuse(rc);
	return rb_ensure(osmls_yield, keeper, osmls_unexpose, keeper);
}

/* Ruby's own messages inspect what they are about: "undefined method for ...", "can't modify frozen ...". */
static VALUE osmls_inspect_exposed(VALUE self)
{
	return rb_sprintf("#<%" PRIsVALUE " %ld bytes>", rb_class_name(rb_obj_class(self)), RSTRING_LEN(self));
}

static VALUE osmls_pretty_print(VALUE self, VALUE printer)
{
	return rb_funcall(printer, rb_intern("text"), 1, osmls_inspect_exposed(self));
}

static VALUE osmls_no_symbol(VALUE self)
{
	rb_raise(rb_eTypeError, "the bytes of a LockedBuffer are neither interned nor made a symbol");
	return self;
}
%}
%init %{
	rb_define_method(SwigClassLockedBuffer.klass, "expose", osmls_expose, 0);
	osmls_exposed = rb_define_class_under(SwigClassLockedBuffer.klass, "Exposed", rb_cString);
	rb_define_method(osmls_exposed, "inspect", osmls_inspect_exposed, 0);
	rb_define_method(osmls_exposed, "pretty_print", osmls_pretty_print, 1);
	for (const char *const *name = (const char *const[]) { "-@", "dedup", "to_sym", "intern", NULL }; *name; name++)
		rb_define_method(osmls_exposed, *name, osmls_no_symbol, 0);
%}
