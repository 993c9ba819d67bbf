/* What each provider is asked, and what its answer becomes. */
#include "gateway/dialect.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/anthropic.h"
#include "text/json.h"

#define SYSTEM "{'role':'system','content':'be good'}"
#define HELLO "{'role':'user','content':'hello'}"
#define MARK "'cache_control':{'type':'ephemeral'}"
#define ASKED_BACK                                              \
	"'messages':[{'role':'user','content':[{'type':'text'," \
	"'text':'hello'," MARK "}]}]"
#define TOOL                                                           \
	"{'type':'function','function':{'name':'f','description':'d'," \
	"'parameters':{'type':'object','properties':{'a':{}}},'strict':true}}"

/* ' stands for ". */
static char *quoted(const char *text)
{
	char *ret = ohb_strdup(text), *at;

	for (at = ret; *at; at++)
		if (*at == '\'')
			*at = '"';
	return ret;
}

static const struct {
	const char *id;
	enum ohb_api api;
	const char *request, *body; /* body NULL: refused, saying words */
	const char *words;
	size_t lessons;
} requests[] = {
	/* As the agent wrote it, to the byte. */
	{ "openai/m", OHB_API_CHAT,
			"{'model':'x', 'messages': [" HELLO
			"] ,'temperature':0.10,'n':4}",
			"{'messages':[" HELLO
			"],'temperature':0.10,'model':'m','max_tokens':777}",
			NULL, 0 },
	{ "openai/m", OHB_API_CHAT, "{'messages':[],'max_completion_tokens':5}",
			"{'messages':[],'max_completion_tokens':5,'model':'m'}",
			NULL, 0 },
	{ "openai/m", OHB_API_CHAT, "{'messages':[],'stream':true}",
			"{'messages':[],'model':'m','max_completion_tokens':"
			"777,'stream':true}",
			NULL,
			1U << OHB_LESSON_NEWER_CAP |
					1U << OHB_LESSON_NO_STREAM_OPTIONS },
	{ "openai/m", OHB_API_CHAT,
			"{'messages':[],'messages':[1],'stream':false}",
			"{'messages':[1],'model':'m','max_tokens':777}", NULL,
			0 },
	{ "unknown/m", OHB_API_RESPONSES,
			"{'input':'x','store':true,'stream':true,'background':"
			"true,'tools':[{'type':'function','name':'f'}]}",
			"{'input':'x','tools':[{'type':'function','name':'f'}]"
			",'model':'m','max_output_tokens':777,'store':false,"
			"'stream':true}",
			NULL, 0 },
	{ "openai/m", OHB_API_RESPONSES,
			"{'input':[],'tools':[{'type':'web_search'}]}", NULL,
			"'web_search' is the provider's", 0 },
	{ "openai/m", OHB_API_RESPONSES,
			"{'input':[],'previous_response_id':'r'}", NULL,
			"send the whole input", 0 },
	{ "openai/m", OHB_API_RESPONSES,
			"{'input':'x','previous_response_id':null}",
			"{'input':'x','model':'m','max_output_tokens':777,"
			"'store':false}",
			NULL, 0 },
	{ "openai/m", OHB_API_RESPONSES, "{'input':{}}", NULL, "no input", 0 },
	{ "openai/m", OHB_API_CHAT, "{'messages':'x'}", NULL, "no messages",
			0 },
	{ "deepseek/m", OHB_API_RESPONSES, "{'input':'x'}", NULL,
			"'deepseek/m' has no /responses", 0 },

	/* Nothing that it does not know. */
	{ "mistral/m", OHB_API_CHAT,
			"{'messages':[{'role':'developer','content':'d'},"
			"{'role':'user','name':'me','content':'u'},"
			"{'role':'assistant','content':null,'refusal':null,"
			"'reasoning_content':'hm','tool_calls':[{'index':0,"
			"'id':'call_1','type':'function','function':{'name':"
			"'f','arguments':'{}'}}]},"
			"{'role':'tool','name':'f','tool_call_id':'call_1',"
			"'content':'r'},"
			"{'role':'assistant','content':null}],"
			"'tools':[],'tool_choice':'auto','seed':7,'top_k':3,"
			"'reasoning_effort':'high','max_completion_tokens':5}",
			"{'messages':[{'role':'system','content':'d'},"
			"{'role':'user','content':'u'},"
			"{'role':'assistant','tool_calls':[{'id':'2whuE3ylD',"
			"'type':'function','function':{'name':'f','arguments':"
			"'{}'}}]},"
			"{'role':'tool','content':'r','name':'f',"
			"'tool_call_id':'2whuE3ylD'},"
			"{'role':'assistant','content':''}],"
			"'max_tokens':5,'random_seed':7,'model':'m'}",
			NULL, 0 },
	{ "mistral/m", OHB_API_CHAT,
			"{'messages':[{'role':'tool','tool_call_id':'abcDEF123'"
			",'content':'r'}],'tools':[" TOOL
			"],'tool_choice':'any','stream':true}",
			"{'messages':[{'role':'tool','content':'r',"
			"'tool_call_id':'abcDEF123'}],'tools':[" TOOL
			"],'tool_choice':'any','model':'m','max_tokens':777,"
			"'stream':true}",
			NULL, 0 },

	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[" SYSTEM "," SYSTEM "," HELLO
			"],'temperature':1.5,'top_p':0.5,'seed':4,'top_k':9,"
			"'stop':'x','max_tokens':50}",
			"{'model':'m','max_tokens':50,'temperature':1.0,"
			"'top_k':9,'stop_sequences':['x'],"
			"'system':[{'type':'text','text':'be good'},"
			"{'type':'text','text':'be good'," MARK "}]," ASKED_BACK
			"}",
			NULL, 0 },
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[" HELLO "],'tools':[" TOOL
			",{'type':'function','function':{'name':'g'}}],"
			"'stop':['a','b'],'top_p':0.5,'stream':true}",
			"{'model':'m','max_tokens':777,'top_p':0.5,"
			"'stop_sequences':['a','b']," ASKED_BACK
			",'tools':[{'name':'f','description':'d',"
			"'input_schema':{'type':'object','properties':{'a':{}}}"
			"},{'name':'g','input_schema':{'type':'object',"
			"'properties':{}}}],'tool_choice':{'type':'auto'}}",
			NULL, 0 },
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[" HELLO "],'tools':[" TOOL
			"],'tool_choice':'required','parallel_tool_calls':"
			"false}",
			"{'model':'m','max_tokens':777," ASKED_BACK
			",'tools':[{'name':'f','description':'d',"
			"'input_schema':{'type':'object','properties':{'a':{}}}"
			"}],'tool_choice':{'type':'any',"
			"'disable_parallel_tool_use':true}}",
			NULL, 0 },
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[" HELLO "],'tools':[" TOOL
			"],'tool_choice':{'type':'function','function':{'name':"
			"'f'}}}",
			"{'model':'m','max_tokens':777," ASKED_BACK
			",'tools':[{'name':'f','description':'d',"
			"'input_schema':{'type':'object','properties':{'a':{}}}"
			"}],'tool_choice':{'type':'tool','name':'f'}}",
			NULL, 0 },
	/* Calls and results: what one side says in a row is one message, the
	 * arguments an object, the ids of both the same. */
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[" HELLO
			",{'role':'assistant','content':'','tool_calls':["
			"{'id':'a.1','function':{'name':'f','arguments':"
			"'{\\'x\\':1}'}},{'id':'b','function':{'name':'g',"
			"'arguments':'oops'}},{'id':'c','function':{'name':"
			"'h','arguments':''}}]},"
			"{'role':'tool','tool_call_id':'a.1','content':'r1'},"
			"{'role':'tool','tool_call_id':'b','content':[{'type':"
			"'text','text':'r2'}]},"
			"{'role':'user','content':'go on'},"
			"{'role':'system','content':'late'}]}",
			"{'model':'m','max_tokens':777,'messages':["
			"{'role':'user','content':[{'type':'text','text':"
			"'hello'}]},{'role':'assistant','content':["
			"{'type':'tool_use','id':"
			"'09916a7cebac448d760f8f43c24fff8a','name':'f',"
			"'input':{'x':1}},{'type':'tool_use','id':'b','name':"
			"'g','input':{'arguments':'oops'}},{'type':'tool_use',"
			"'id':'c','name':'h','input':{}}]},{'role':'user',"
			"'content':[{'type':'tool_result','tool_use_id':"
			"'09916a7cebac448d760f8f43c24fff8a','content':[{'type'"
			":'text','text':'r1'}]},{'type':'tool_result',"
			"'tool_use_id':'b','content':[{'type':'text','text':"
			"'r2'}]},{'type':'text','text':'go on'},{'type':'text'"
			",'text':'late'," MARK "}]}]}",
			NULL, 0 },
	/* The agent's own marks stay, and no others come. */
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[{'role':'system','content':[{'type':"
			"'text','text':'s'," MARK "}]}," HELLO "]}",
			"{'model':'m','max_tokens':777,'system':[{'type':"
			"'text','text':'s'," MARK "}],'messages':[{'role':"
			"'user','content':[{'type':'text','text':'hello'}]}]}",
			NULL, 0 },
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[{'role':'user','content':[{'type':"
			"'image_url','image_url':{'url':"
			"'data:image/png;base64,AAAA'}},{'type':'image_url',"
			"'image_url':{'url':'https://x/y.png'}}]}]}",
			"{'model':'m','max_tokens':777,'messages':[{'role':"
			"'user','content':[{'type':'image','source':{'type':"
			"'base64','media_type':'image/png','data':'AAAA'}},"
			"{'type':'image','source':{'type':'url','url':"
			"'https://x/y.png'}," MARK "}]}]}",
			NULL, 0 },
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[{'role':'user','content':[{'type':"
			"'image_url','image_url':{'url':'file:///x'}}]}]}",
			NULL, "neither at an https address", 0 },
	{ "anthropic/m", OHB_API_CHAT,
			"{'messages':[{'role':'user','content':[{'type':"
			"'input_audio'}]}]}",
			NULL, "'input_audio' has no form at Anthropic", 0 },
	{ "anthropic/m", OHB_API_RESPONSES, "{'input':'x'}", NULL,
			"'anthropic/m' has no /responses", 0 },
};

static int write_body(int i, const struct ohb_str *text, struct ohb_str *out,
		struct ohb_error *err)
{
	const struct ohb_dialect *dialect = ohb_dialect_of(requests[i].id);
	const struct ohb_gateway_model model = {
		.id = requests[i].id,
		.name = strchr(requests[i].id, '/') + 1,
		.max_output_tokens = 777,
	};
	struct ohb_request request;

	if (ohb_request_read(requests[i].api, text, &request, err) < 0 ||
			ohb_dialect_check(dialect, &request, &model, err) < 0)
		return -1;
	return ohb_dialect_write(dialect, &request, &model,
			(unsigned)requests[i].lessons, out, err);
}

START_TEST(a_request_is_written)
{
	ohb_autofree char *in = quoted(requests[_i].request);
	ohb_autofree char *wanted =
			quoted(requests[_i].body ? requests[_i].body : "");
	ohb_autostr text = OHB_STR_INIT, out = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	int ret;

	ohb_str_adds(&text, in);
	ret = write_body(_i, &text, &out, &err);
	if (requests[_i].body) {
		ck_assert_msg(ret == 0, "%s", err.msg);
		ck_assert_str_eq(ohb_str_cstr(&out), wanted);
		return;
	}
	ck_assert_int_lt(ret, 0);
	ck_assert_msg(strstr(err.msg, requests[_i].words) != NULL, "%s",
			err.msg);
}
END_TEST

#define MESSAGE(content, reason, more)                                   \
	"{'id':'msg_1','type':'message','role':'assistant','model':'c'," \
	"'content':[" content "],'stop_reason':'" reason "'" more "}"
#define COMPLETION(message, reason, more)                                   \
	"{'id':'msg_1','object':'chat.completion','created':0,'model':'c'," \
	"'choices':[{'index':0,'message':{'role':'assistant'," message "}," \
	"'finish_reason':'" reason "'}]" more "}"

static const struct {
	const char *reply, *answer; /* NULL: stays as it is */
} replies[] = {
	{ MESSAGE("{'type':'text','text':'hi'}", "end_turn",
			  ",'usage':{'input_tokens':10,"
			  "'cache_creation_input_tokens':200,"
			  "'cache_read_input_tokens':3000,'output_tokens':4}"),
			COMPLETION("'content':'hi'", "stop",
					",'usage':{'prompt_tokens':3210,"
					"'completion_tokens':4,'total_tokens':"
					"3214,'prompt_tokens_details':{"
					"'cached_tokens':3000}}") },
	{ MESSAGE("{'type':'thinking','thinking':'hm','signature':'s'},"
		  "{'type':'text','text':'a'},{'type':'text','text':'b'},"
		  "{'type':'tool_use','id':'t1','name':'f','input':{'x':[1]}}"
		  ",{'type':'tool_use','id':'t2','name':'g'}",
			  "tool_use", ""),
			COMPLETION("'content':'ab','reasoning_content':'hm',"
				   "'tool_calls':[{'id':'t1','type':'function'"
				   ",'function':{'name':'f','arguments':"
				   "'{\\'x\\':[1]}'}},{'id':'t2','type':"
				   "'function','function':{'name':'g',"
				   "'arguments':'{}'}}]",
					"tool_calls", "") },
	{ MESSAGE("{'type':'tool_use','id':'t','name':'f','input':{}}",
			  "tool_use", ""),
			COMPLETION("'content':null,'tool_calls':[{'id':'t',"
				   "'type':'function','function':{'name':'f',"
				   "'arguments':'{}'}}]",
					"tool_calls", "") },
	{ MESSAGE("", "max_tokens", ",'usage':{'input_tokens':-1}"),
			COMPLETION("'content':''", "length", "") },
	{ MESSAGE("", "stop_sequence", ""),
			COMPLETION("'content':''", "stop", "") },
	{ MESSAGE("", "refusal", ""),
			COMPLETION("'content':''", "content_filter", "") },
	{ MESSAGE("", "pause_turn", ""),
			COMPLETION("'content':''", "stop", "") },
	{ MESSAGE("", "model_context_window_exceeded", ""),
			COMPLETION("'content':''", "length", "") },
	{ MESSAGE("", "one of tomorrow", ""),
			COMPLETION("'content':''", "stop", "") },
	{ "{'type':'error','error':{'type':'overloaded_error','message':'x'}}",
			NULL },
	{ "{'type':'message','content':'x','stop_reason':'end_turn'}", NULL },
	{ "{'type':'message','content':[]}", NULL },
	{ "{'choices':[]}", NULL },
	{ "[1]", NULL },
};

START_TEST(a_reply_is_read)
{
	ohb_autofree char *in = quoted(replies[_i].reply);
	ohb_autofree char *wanted =
			quoted(replies[_i].answer ? replies[_i].answer :
						    replies[_i].reply);
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *reply = ohb_json_parse(in, strlen(in), &err);
	ohb_autojson *answer = ohb_anthropic_read(reply);
	ohb_autostr out = OHB_STR_INIT;

	/* What stands in a string is written with \". */
	ohb_json_add(&out, answer);
	ck_assert_str_eq(out.data, wanted);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dialect");
	TCase *tcase = tcase_create("dialect");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, a_request_is_written, 0,
			(int)OHB_ARRAY_LEN(requests));
	tcase_add_loop_test(
			tcase, a_reply_is_read, 0, (int)OHB_ARRAY_LEN(replies));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
