/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cJSON on the heap: cJSON_InitHooks(). */
#include "user.h"

#include <cjson/cJSON.h>
#include <string.h>

static cJSON *kept;
static char *printed;

void user_work(const char *secret, size_t len)
{
	cJSON_Hooks hooks = { user_allocator->allocate, user_allocator->release };
	cJSON *made, *list;

	cJSON_InitHooks(&hooks);
	made = cJSON_CreateObject();
	list = cJSON_AddArrayToObject(made, "tokens");
	for (int i = 0; i < 100; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(secret));
	cJSON_AddStringToObject(made, "password", secret);
	printed = cJSON_Print(made);
	user_must(printed && strlen(printed) > 100 * len, "cJSON_Print");
	cJSON_Delete(made);
	kept = cJSON_Parse(printed);
	user_must(strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(kept, "password")), secret) == 0, "cJSON_Parse");
}

void user_end(void)
{
	cJSON_Delete(kept);
	cJSON_free(printed);
}
