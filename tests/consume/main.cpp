/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <memory>
#include <osmemlock.h>

int main()
{
	osml_buffer *b = nullptr;
	int rc = osml_buffer_new(&b, 32, nullptr);
	std::unique_ptr<osml_buffer, decltype(&osml_buffer_free)> owner(b, osml_buffer_free);

	return rc == 0 && osml_buffer_size(owner.get()) == 32 ? 0 : 1;
}
