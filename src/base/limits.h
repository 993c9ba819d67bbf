#ifndef OHB_BASE_LIMITS_H
#define OHB_BASE_LIMITS_H

/* Every maximum in one list: what a stranger controls is bounded by these. */

#define OHB_MAX_PATH 4096 /* bytes of a path in the project */
#define OHB_MAX_DIAGNOSTICS 20 /* configuration errors shown at once */

/* openhands.yml */
#define OHB_MAX_YAML_BYTES (4u << 20)
#define OHB_MAX_YAML_NODES 200000u /* after aliases are expanded */
#define OHB_MAX_YAML_DEPTH 64u
#define OHB_MAX_SCALAR (256u << 10) /* bytes of one value */
#define OHB_MAX_INCLUDES 64u
#define OHB_MAX_PROMPT (256u << 10) /* bytes after expansion */
#define OHB_MAX_TARGETS 1000000u
#define OHB_MAX_OUTPUTS 64u /* outputs of one target */
#define OHB_MAX_JOBS 256u

/* files */
#define OHB_MAX_INPUT_FILE (64u << 20) /* one file that is hashed */
#define OHB_MAX_FILE_LIST (256u << 20) /* bytes of git's list of files */
#define OHB_MAX_INDEX (1u << 30) /* bytes of .ohbuild/index */
#define OHB_MAX_OUTPUT_FILE (1u << 20) /* one test an agent wrote */
#define OHB_MAX_WORKSPACE (1ull << 30) /* all files given to a sandbox */

/* what others send us */
#define OHB_MAX_JSON_BYTES (64u << 20)
#define OHB_MAX_JSON_DEPTH 256u
#define OHB_MAX_JSON_VALUES (4u << 20) /* some 100 bytes of memory each */
#define OHB_MAX_JSON_CONTAINERS 1000000u /* arrays, objects: some 250 */
#define OHB_MAX_HTTP_HEADERS (64u << 10)
#define OHB_MAX_HTTP_BODY (64u << 20)
#define OHB_MAX_REPORT (64u << 20) /* bytes of one file of a step */
#define OHB_MAX_XML_DEPTH 64u
#define OHB_MAX_XML_MEMORY (64u << 20) /* of the parser, without what is kept */
#define OHB_MAX_REPORT_CASES 1000000u
#define OHB_MAX_COVERAGE_LINES 1000000u /* of all files of a report */
#define OHB_MAX_COVERAGE_NAMES (64u << 20) /* bytes of the files' names */
#define OHB_MAX_EXEC_OUTPUT (1u << 20) /* kept of one stream: head and tail */
#define OHB_MAX_DEPFILE (4u << 20) /* what a depfile command prints */
#define OHB_MAX_CASSETTE (256u << 20)
#define OHB_MAX_EVENTS 100000u /* of one conversation */
#define OHB_MAX_TRAJECTORY (64u << 20) /* bytes kept of them */

/* code that is parsed */
#define OHB_MAX_SYNTAX_FILE (4u << 20) /* bytes of one file */
#define OHB_MAX_SYNTAX_MS 10000u /* to parse it, and to search it */
#define OHB_MAX_SYNTAX_MATCHES 1000000u /* of one query */
#define OHB_MAX_SYNTAX_STATES 2048u /* patterns begun at the same time */
#define OHB_MAX_SYNTAX_ERROR 4000u /* parts of one error */
#define OHB_MAX_SYNTAX_DEPTH 2000u /* of the tree */
#define OHB_MAX_SYNTAX_TOKENS 32000u /* tree-sitter counts in 16 bits */

/* what we say to the agent */
#define OHB_MAX_DIGEST (8u << 10) /* the judge's text, bytes */

#endif
