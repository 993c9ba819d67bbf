#ifndef OHB_SYNTAX_TREESITTER_H
#define OHB_SYNTAX_TREESITTER_H

/* What is called of tree-sitter: see io/library.h. */

#include <tree_sitter/api.h>

#include "io/library.h"

#define OHB_TS_FUNCTIONS(X)                        \
	X(ts, language_version)                    \
	X(ts, node_child_count)                    \
	X(ts, node_end_byte)                       \
	X(ts, node_end_point)                      \
	X(ts, node_is_missing)                     \
	X(ts, node_start_byte)                     \
	X(ts, node_start_point)                    \
	X(ts, node_type)                           \
	X(ts, parser_delete)                       \
	X(ts, parser_new)                          \
	X(ts, parser_parse_string)                 \
	X(ts, parser_set_language)                 \
	X(ts, parser_set_timeout_micros)           \
	X(ts, query_capture_name_for_id)           \
	X(ts, query_cursor_delete)                 \
	X(ts, query_cursor_did_exceed_match_limit) \
	X(ts, query_cursor_exec)                   \
	X(ts, query_cursor_new)                    \
	X(ts, query_cursor_next_match)             \
	X(ts, query_cursor_set_match_limit)        \
	X(ts, query_delete)                        \
	X(ts, query_new)                           \
	X(ts, query_pattern_count)                 \
	X(ts, query_predicates_for_pattern)        \
	X(ts, query_string_value_for_id)           \
	X(ts, tree_cursor_current_node)            \
	X(ts, tree_cursor_delete)                  \
	X(ts, tree_cursor_goto_first_child)        \
	X(ts, tree_cursor_goto_next_sibling)       \
	X(ts, tree_cursor_goto_parent)             \
	X(ts, tree_cursor_new)                     \
	X(ts, tree_delete)                         \
	X(ts, tree_root_node)

struct ohb_ts {
	OHB_TS_FUNCTIONS(OHB_LIBRARY_POINTER)
};

#endif
