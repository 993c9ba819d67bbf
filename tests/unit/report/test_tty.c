/* What stands on a terminal: escapes are taken apart again by a small model of
 * one. */

#include "report/tty.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "text/utf8.h"

#define MAX_ROWS 64

/* Lines, the cursor's row, and whether it is shown.  Knows what the display
 * uses, and fails on everything else. */
struct screen {
	struct ohb_str rows[MAX_ROWS];
	size_t row, used;
	bool hidden;
	size_t widest;
};

static const char *escape(struct screen *screen, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);
	size_t i;

	if (strncmp(s, "?25l", 4) == 0 || strncmp(s, "?25h", 4) == 0) {
		screen->hidden = s[3] == 'l';
		return s + 4;
	}
	if (*end == 'm')
		return end + 1;
	if (*end == 'A') {
		ck_assert_uint_le(n, screen->row);
		screen->row -= n;
		return end + 1;
	}
	ck_assert_msg(*s == 'J', "escape %.5s", s);
	for (i = screen->row; i < MAX_ROWS; i++)
		ohb_str_clear(&screen->rows[i]);
	screen->used = screen->row;
	return s + 1;
}

static void feed(struct screen *screen, const char *s)
{
	struct ohb_str *row;
	size_t width, n;

	while (*s) {
		row = &screen->rows[screen->row];
		if (strncmp(s, "\033[", 2) == 0) {
			s = escape(screen, s + 2);
			continue;
		}
		n = ohb_utf8_next(s, strlen(s));
		ck_assert_uint_gt(n, 0);
		if (*s == '\n')
			ck_assert_uint_lt(++screen->row, MAX_ROWS);
		else if (*s != '\r')
			ohb_str_add(row, s, n);
		width = ohb_utf8_width(ohb_str_cstr(row), row->len);
		if (width > screen->widest)
			screen->widest = width;
		if (screen->row > screen->used)
			screen->used = screen->row;
		s += n;
	}
}

static void release(struct screen *screen)
{
	size_t i;

	for (i = 0; i < MAX_ROWS; i++)
		ohb_str_release(&screen->rows[i]);
}

struct run {
	struct ohb_tty *tty;
	FILE *out;
	char *text;
	size_t len;
};

static void begin(struct run *run, unsigned columns, unsigned lines)
{
	struct ohb_tty_options options = {
		.fd = -1,
		.columns = columns,
		.lines = lines,
		.detail = OHB_DETAIL_SILENT,
	};

	run->out = open_memstream(&run->text, &run->len);
	ck_assert_ptr_nonnull(run->out);
	options.out = run->out;
	run->tty = ohb_tty_new(&options);
}

static void end(struct run *run, struct screen *screen)
{
	ohb_tty_free(run->tty);
	(void)fclose(run->out);
	feed(screen, run->text);
	free(run->text);
}

static const char *const names[] = {
	"tests/test_ring.c",
	"tests/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.c", /* wide */
	"tests/e\xcc\x81\xcc\x81.c", /* combining */
	"tests/bad\xff\xfe\n\x1b[2Jname.c",
	"tests/a/long/path/of/a/test/which/fits/on/few/terminals/test_ring.c",
};

static void start_all(struct ohb_tty *tty)
{
	size_t i;

	ohb_tty_event(tty,
			&(struct ohb_event){ .type = OHB_EV_BUILD_STARTED,
					.time_ms = 1000,
					.count = 5 });
	for (i = 0; i < OHB_ARRAY_LEN(names); i++) {
		ohb_tty_event(tty,
				&(struct ohb_event){
						.type = OHB_EV_TARGET_STARTED,
						.time_ms = 1000,
						.target = names[i] });
		ohb_tty_event(tty,
				&(struct ohb_event){
						.type = OHB_EV_STEP_STARTED,
						.target = names[i],
						.attempt = 2,
						.step = "agent" });
		ohb_tty_event(tty,
				&(struct ohb_event){ .type = OHB_EV_AGENT,
						.target = names[i],
						.text = "runs: \xe6\x97\xa5 "
							"make\x1b[0m\xff" });
		ohb_tty_event(tty,
				&(struct ohb_event){ .type = OHB_EV_USAGE,
						.target = names[i],
						.cost_usd = 0.04 });
	}
}

static void end_all(struct ohb_tty *tty)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		ohb_tty_event(tty,
				&(struct ohb_event){
						.type = OHB_EV_TARGET_ENDED,
						.target = names[i],
						.ok = 1,
						.verdict = "ok" });
}

static const unsigned widths[] = { 1, 2, 20, 47, 48, 49, 80, 200 };

START_TEST(no_line_is_wider_than_the_terminal)
{
	struct screen screen = { .row = 0 };
	struct run run;

	begin(&run, widths[_i], 24);
	start_all(run.tty);
	ohb_tty_draw(run.tty, 61000);
	(void)fflush(run.out);
	feed(&screen, run.text);
	ck_assert(screen.hidden);
	ck_assert_uint_eq(screen.row, OHB_ARRAY_LEN(names));
	ck_assert_uint_gt(screen.widest, 0);
	ck_assert_uint_le(screen.widest, widths[_i]);
	release(&screen);
	screen = (struct screen){ .row = 0 };
	ohb_tty_draw(run.tty, 62000);
	end_all(run.tty);
	end(&run, &screen);
	ck_assert(!screen.hidden);
	ck_assert_uint_eq(screen.row, 0);
	ck_assert_uint_eq(screen.rows[0].len, 0);
	ck_assert_uint_eq(screen.used, 0);
	release(&screen);
}
END_TEST

START_TEST(a_frame_says_it_all)
{
	struct screen screen = { .row = 0 };
	struct run run;

	begin(&run, 80, 24);
	start_all(run.tty);
	ohb_tty_draw(run.tty, 61000);
	(void)fflush(run.out);
	feed(&screen, run.text);
	ck_assert_str_eq(screen.rows[0].data,
			"tests/test_ring.c                "
			"agent #2: runs: \xe6\x97\xa5 make\xef\xbf\xbd"
			"         $0.04  1m 00s");
	ck_assert_str_eq(screen.rows[5].data, "0 of 5 done, $0.20, 1m 00s");
	release(&screen);
	screen = (struct screen){ .row = 0 };
	end(&run, &screen);
	release(&screen);
}
END_TEST

START_TEST(a_low_terminal_shows_what_it_can)
{
	struct screen screen = { .row = 0 };
	struct run run;

	begin(&run, 80, 3);
	start_all(run.tty);
	ohb_tty_draw(run.tty, 1000);
	ohb_tty_draw(run.tty, 61000);
	(void)fflush(run.out);
	feed(&screen, run.text);
	ck_assert_uint_eq(screen.row, 2);
	ck_assert_str_eq(screen.rows[2].data,
			"0 of 5 done, 3 more running, $0.20, 1m 00s");
	release(&screen);
	screen = (struct screen){ .row = 0 };
	end(&run, &screen);
	release(&screen);
}
END_TEST

START_TEST(what_is_finished_scrolls_by)
{
	struct screen screen = { .row = 0 };
	struct run run;

	begin(&run, 80, 24);
	start_all(run.tty);
	ohb_tty_draw(run.tty, 1000);
	ohb_tty_event(run.tty,
			&(struct ohb_event){ .type = OHB_EV_TARGET_ENDED,
					.target = names[0],
					.text = "no test written",
					.cost_usd = -1 });
	ohb_tty_draw(run.tty, 61000);
	(void)fflush(run.out);
	feed(&screen, run.text);
	ck_assert_str_eq(screen.rows[0].data,
			"tests/test_ring.c: failed: no test written (0.0s, "
			"unknown price)");
	ck_assert_str_eq(screen.rows[5].data,
			"1 of 5 done, 1 failed, $0.20, 1m 00s");
	release(&screen);
	screen = (struct screen){ .row = 0 };
	end(&run, &screen);
	ck_assert_ptr_nonnull(screen.rows[0].data);
	ck_assert_uint_eq(screen.row, 1);
	release(&screen);
}
END_TEST

START_TEST(the_thread_draws_and_ends)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct screen screen = { .row = 0 };
	struct run run;

	begin(&run, 80, 24);
	ck_assert_int_eq(ohb_tty_start(run.tty, &err), 0);
	start_all(run.tty);
	end_all(run.tty);
	end(&run, &screen);
	ck_assert(!screen.hidden);
	ck_assert_uint_eq(screen.used, 0);
	release(&screen);
}
END_TEST

START_TEST(nothing_to_show_is_nothing)
{
	struct run run;

	begin(&run, 80, 24);
	ohb_tty_free(run.tty);
	(void)fclose(run.out);
	ck_assert_str_eq(run.text, "");
	free(run.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tty");
	TCase *tcase = tcase_create("tty");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, no_line_is_wider_than_the_terminal, 0,
			(int)OHB_ARRAY_LEN(widths));
	tcase_add_test(tcase, a_frame_says_it_all);
	tcase_add_test(tcase, a_low_terminal_shows_what_it_can);
	tcase_add_test(tcase, what_is_finished_scrolls_by);
	tcase_add_test(tcase, the_thread_draws_and_ends);
	tcase_add_test(tcase, nothing_to_show_is_nothing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
