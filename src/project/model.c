#include "project/model.h"

#include <string.h>

#include "text/keyshape.h"

/* What it takes for writing into its cache, times the price of input. */
#define ANTHROPIC_WRITTEN 1.25

/* Where each provider speaks the chat-completions dialect. */
static const struct {
	const char *name, *base_url;
} providers[] = {
	{ "openai", "https://api.openai.com/v1" },
	{ "openrouter", "https://openrouter.ai/api/v1" },
	{ "mistral", "https://api.mistral.ai/v1" },
	{ "deepseek", "https://api.deepseek.com/v1" },
	{ "groq", "https://api.groq.com/openai/v1" },
	{ "together", "https://api.together.xyz/v1" },
	{ "together_ai", "https://api.together.xyz/v1" },
	{ "anthropic", "https://api.anthropic.com/v1" },
	{ "gemini",
			"https://generativelanguage.googleapis.com/v1beta/"
			"openai" },
	{ "ollama", "http://127.0.0.1:11434/v1" },
};

/* Whose model a name without a prefix is. */
static const struct {
	const char *begin, *provider;
} families[] = {
	{ "gpt-", "openai" },
	{ "o1", "openai" },
	{ "o3", "openai" },
	{ "o4", "openai" },
	{ "claude", "anthropic" },
	{ "gemini", "gemini" },
	{ "mistral", "mistral" },
	{ "codestral", "mistral" },
	{ "devstral", "mistral" },
	{ "magistral", "mistral" },
	{ "deepseek", "deepseek" },
};

static const char *known_url(const char *provider)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(providers); i++)
		if (ohb_streq(providers[i].name, provider))
			return providers[i].base_url;
	return NULL;
}

/* A model without its provider is an error here, before any container. */
static bool has_provider(struct ohb_reader *reader, const struct ohb_yaml *node)
{
	const struct ohb_yaml *id = ohb_yaml_get(node, "id");
	const char *provider = "PROVIDER";
	size_t i;

	if (!id || id->kind != OHB_YAML_SCALAR || !id->text[0] ||
			strchr(id->text, '/'))
		return true;
	for (i = 0; i < OHB_ARRAY_LEN(families); i++)
		if (ohb_starts(id->text, families[i].begin))
			provider = families[i].provider;
	ohb_diags_add(reader->diags, id->pos,
			ohb_arena_printf(reader->arena, "write '%s/%s'",
					provider, id->text),
			"the model '%s' has no provider in front", id->text);
	return false;
}

static void check_url(struct ohb_reader *reader, struct ohb_model_config *model)
{
	const char *names[OHB_ARRAY_LEN(providers) + 1] = { NULL };
	const char *close;
	size_t i, len;

	for (i = 0; i < OHB_ARRAY_LEN(providers); i++)
		names[i] = providers[i].name;
	if (!model->base_url)
		model->base_url = known_url(model->provider);
	if (!model->base_url) {
		close = ohb_suggest(model->provider, names);
		ohb_diags_add(reader->diags, model->pos,
				close ? ohb_arena_printf(reader->arena,
							"did you mean '%s/%s'?",
							close, model->name) :
					"add its base_url",
				"the address of provider '%s' is not known",
				model->provider);
		return;
	}
	for (len = strlen(model->base_url); model->base_url[len - 1] == '/';)
		len--;
	model->base_url =
			ohb_arena_strndup(reader->arena, model->base_url, len);
}

/*
 * A provider's key may well have the form of a name.  A name has words; a
 * long one without any, of small letters and digits, is none.
 */
static bool looks_secret(const char *name)
{
	return strlen(name) >= 20 && !strchr(name, '_') &&
			strpbrk(name, "0123456789") &&
			strpbrk(name, "abcdefghijklmnopqrstuvwxyz");
}

static void check_key(struct ohb_reader *reader, const struct ohb_yaml *node,
		const struct ohb_model_config *model)
{
	const struct ohb_yaml *key = ohb_yaml_get(node, "key");
	int sources = (model->key_env != NULL) + (model->key_file != NULL) +
			(model->key_command != NULL);

	if (sources > 1)
		ohb_diags_add(reader->diags, model->pos, NULL,
				"'%s' has more than one of 'key', 'key_file' "
				"and 'key_command'",
				model->id);
	if (!model->key_env || !looks_secret(model->key_env))
		return;
	ohb_diags_mask(reader->diags, key->pos);
	ohb_diags_add(reader->diags, key->pos,
			"write the name of the variable that holds the key, "
			"and revoke this one if it is real",
			"'key' looks like a key itself, not like the name of "
			"an environment variable");
}

static void fill_price(
		const struct ohb_yaml *price, struct ohb_model_config *ret)
{
	const bool anthropic = strstr(ret->id, "claude") != NULL;

	if (!price)
		return;
	if (!ohb_yaml_get(price, "cached"))
		ret->price_cached = ret->price_input;
	if (!ohb_yaml_get(price, "written"))
		ret->price_written = ret->price_input *
				(anthropic ? ANTHROPIC_WRITTEN : 1);
}

void ohb_model_read(struct ohb_reader *reader, const struct ohb_yaml *node,
		struct ohb_model_config *ret)
{
	const struct ohb_yaml *price = ohb_yaml_get(node, "price");
	size_t before = reader->diags->nitems + reader->diags->dropped;
	const char *slash;

	*ret = (struct ohb_model_config){ .pos = node->pos };
	ret->pos.length = 1;
	ohb_reader_defaults(reader, &ohb_model_keys, ret);
	if (!has_provider(reader, node))
		return;
	ohb_reader_map(reader, &ohb_model_keys, node, ret);
	if (ret->id)
		check_key(reader, node, ret);
	if (reader->diags->nitems + reader->diags->dropped > before)
		return;
	if (ret->id)
		fill_price(price, ret);
	/* There is one: the form of an id demands it. */
	slash = ret->id ? strchr(ret->id, '/') : NULL;
	if (!slash)
		return;
	ret->provider = ohb_arena_strndup(
			reader->arena, ret->id, (size_t)(slash - ret->id));
	ret->name = slash + 1;
	check_url(reader, ret);
}
