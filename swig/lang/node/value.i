/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SWIG cuts fractions off, lets numbers wrap round, and a NUL end a text. What an argument holds here has a destructor, which a throw runs. */
%{
#include <climits>
#include <cmath>
#include <string>

static double osmls_number(Napi::Env env, Napi::Value given, double least, double most)
{
	double number;

	if (!given.IsNumber())
		throw Napi::TypeError::New(env, "a number is needed");
	number = given.As<Napi::Number>().DoubleValue();
	if (!(number >= least && number <= most) || number != std::trunc(number))
		throw Napi::RangeError::New(env, "not a whole number in range");
	return number;
}

/* V8 writes U+FFFD in the place of half a surrogate pair, and that may name another file. */
static bool osmls_has_half(const std::u16string &text)
{
	for (size_t i = 0; i < text.size(); i++) {
		bool first = (text[i] & 0xfc00) == 0xd800;

		if (first && i + 1 < text.size() && (text[i + 1] & 0xfc00) == 0xdc00)
			i++;
		else if (first || (text[i] & 0xfc00) == 0xdc00)
			return true;
	}
	return false;
}

/* null is NULL, which the core refuses. */
static const char *osmls_text(Napi::Env env, Napi::Value given, std::string &text)
{
	if (given.IsNull())
		return NULL;
	if (!given.IsString())
		throw Napi::TypeError::New(env, "a text is needed");
	text = given.As<Napi::String>().Utf8Value();
	if (text.find('\0') != std::string::npos)
		throw Napi::TypeError::New(env, "a NUL inside");
	if (text.find("\xef\xbf\xbd") != std::string::npos && osmls_has_half(given.As<Napi::String>().Utf16Value()))
		throw Napi::TypeError::New(env, "half a surrogate pair inside");
	return text.c_str();
}

static void *osmls_bytes(Napi::Env env, Napi::Value given, size_t *length)
{
	napi_typedarray_type type;
	void *data;

	if (!given.IsTypedArray() || napi_get_typedarray_info(env, given, &type, length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
		throw Napi::TypeError::New(env, "a Uint8Array is needed");
	return data;
}

struct osml_view;
static Napi::Value osmls_buffer(Napi::Env env, struct osml_view view);
static Napi::Value osmls_lend(Napi::Env env, struct osml_view view);
static void osmls_raise(Napi::Env env, int code, const char *message);
%}
