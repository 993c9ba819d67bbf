#include "unit/store/fixture.h"

static void save(struct ohb_store *store, const struct ohb_record *record)
{
	ck_assert_msg(ohb_record_save(store, record, &err) == 0, "%s", err.msg);
}

static void check_lists(const struct ohb_record *a, const struct ohb_record *b)
{
	size_t i;

	ck_assert_uint_eq(a->nparts, b->nparts);
	for (i = 0; i < a->nparts; i++) {
		ck_assert_str_eq(a->parts[i].name, b->parts[i].name);
		ck_assert(ohb_digest_eq(
				&a->parts[i].digest, &b->parts[i].digest));
	}
	ck_assert_uint_eq(a->noutputs, b->noutputs);
	for (i = 0; i < a->noutputs; i++) {
		ck_assert_str_eq(a->outputs[i].path, b->outputs[i].path);
		ck_assert_uint_eq(a->outputs[i].mode, b->outputs[i].mode);
		ck_assert(ohb_digest_eq(
				&a->outputs[i].digest, &b->outputs[i].digest));
	}
}

static void check_record(const struct ohb_record *a, const struct ohb_record *b)
{
	ck_assert_str_eq(a->target, b->target);
	ck_assert_int_eq(a->status, b->status);
	ck_assert(ohb_digest_eq(&a->key, &b->key));
	check_lists(a, b);
	ck_assert(ohb_streq(a->class, b->class));
	ck_assert(ohb_digest_eq(&a->fingerprint, &b->fingerprint));
	ck_assert(ohb_streq(a->evidence, b->evidence));
	ck_assert(ohb_streq(a->model, b->model));
	ck_assert(ohb_streq(a->image, b->image));
	ck_assert_double_eq(a->cost_usd, b->cost_usd);
	ck_assert_uint_eq(a->tokens_in, b->tokens_in);
	ck_assert_uint_eq(a->tokens_out, b->tokens_out);
	ck_assert_int_eq(a->started_ms, b->started_ms);
	ck_assert_int_eq(a->finished_ms, b->finished_ms);
	ck_assert_int_eq(a->duration_ms, b->duration_ms);
	ck_assert_uint_eq(a->attempts, b->attempts);
	ck_assert(ohb_digest_eq(&a->validation_key, &b->validation_key));
}

START_TEST(records_round_trip)
{
	/* sorted by bytes, whatever they are */
	static const char *const names[] = { "Z", "a", "a b\n\"'", "a/b",
		"tests/\xc3\xa9", "tests/\xff" };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_record record;
	const struct ohb_record *all;
	size_t n, i;

	for (i = OHB_ARRAY_LEN(names); i-- > 0;) {
		record = some_record(names[i]);
		save(store, &record);
	}
	record = some_record("bare");
	record.parts = NULL;
	record.nparts = 0;
	record.noutputs = 0;
	record.model = NULL;
	record.image = NULL;
	record.cost_usd = -1;
	record.validation_key = (struct ohb_digest){ { 0 } };
	save(store, &record);
	ohb_store_close(store);

	store = open_as(OHB_STORE_READ);
	ck_assert_int_eq(ohb_record_load(store, &arena, &all, &n, &err), 0);
	ck_assert_uint_eq(n, OHB_ARRAY_LEN(names) + 1);
	for (i = 0; i < n; i++) {
		const char *name = i < 4 ? names[i] :
				i == 4	 ? "bare" :
					   names[i - 1];
		struct ohb_record want = some_record(name), found;

		if (i == 4)
			want = record;
		check_record(&all[i], &want);
		ck_assert_ptr_null(all[i].good);
		ck_assert_int_eq(ohb_record_find(store, name, &arena, &found,
						 &err),
				1);
		check_record(&found, &want);
	}
	ck_assert_double_lt(all[4].cost_usd, 0);
	ohb_store_close(store);
}
END_TEST

START_TEST(failure_keeps_success)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_record good = some_record("t"), bad = some_record("t");
	struct ohb_record found, alone = some_record("u");
	const struct ohb_record *all;
	size_t n;

	bad.status = OHB_RECORD_FAILED;
	bad.key = digest("new key");
	bad.outputs = NULL;
	bad.noutputs = 0;
	bad.class = "test";
	bad.fingerprint = digest("print");
	bad.evidence = "1 of 7 cases failed";
	alone.status = OHB_RECORD_FAILED;
	save(store, &good);
	save(store, &bad);
	save(store, &bad);
	save(store, &alone);
	ck_assert_int_eq(ohb_record_find(store, "t", &arena, &found, &err), 1);
	ck_assert_ptr_nonnull(found.good);
	check_record(found.good, &good);
	/* the files on the disk are still those */
	bad.outputs = some_outputs;
	bad.noutputs = OHB_ARRAY_LEN(some_outputs);
	check_record(&found, &bad);
	ck_assert_int_eq(ohb_record_load(store, &arena, &all, &n, &err), 0);
	ck_assert_uint_eq(n, 2);
	check_record(&all[0], &bad);
	ck_assert_ptr_nonnull(all[0].good);
	ck_assert_ptr_null(all[1].good);
	ck_assert_uint_eq(all[1].noutputs, 0);
	/* a success ends it */
	good.key = bad.key;
	save(store, &good);
	ck_assert_int_eq(ohb_record_find(store, "t", &arena, &found, &err), 1);
	check_record(&found, &good);
	ck_assert_ptr_null(found.good);
	ohb_store_close(store);
}
END_TEST

START_TEST(odd_lists)
{
	static const char *const packed[] = {
		"x'00'",
		"zeroblob(16)",
		"CAST(zeroblob(16) || 'name' AS BLOB)",
		"CAST(zeroblob(16) || 'name' || x'00' || 'x' AS BLOB)",
	};
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	const struct ohb_record record = some_record("t");
	const struct ohb_record *all;
	char sql[128];
	size_t n;

	save(store, &record);
	(void)snprintf(sql, sizeof(sql), "UPDATE records SET %s = %s",
			_i % 2 ? "outputs" : "parts", packed[_i / 2]);
	raw_sql(sql);
	ck_assert_int_eq(ohb_record_load(store, &arena, &all, &n, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_STATE);
	ck_assert_ptr_nonnull(strstr(err.msg, "'t'"));
	ohb_store_close(store);
}
END_TEST

static const struct ohb_rename renames[] = {
	{ "tests/a.c", "tests/.a.c.ohb-1", { { 4 } }, 0644, true, { { 7 } },
			{ { 0 } } },
	{ "tests/b.c", "tests/.b.c.ohb-2", { { 5 } }, 0755, false, { { 0 } },
			{ { 0 } } },
};

static struct ohb_commit some_commit(const char *target)
{
	return (struct ohb_commit){
		.record = some_record(target),
		.renames = renames,
		.nrenames = OHB_ARRAY_LEN(renames),
	};
}

START_TEST(commits)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_commit one = some_commit("one"), two = some_commit("two");
	struct ohb_record failed = some_record("one"), found;
	const struct ohb_commit *open;
	const struct ohb_version *versions;
	struct ohb_version version = { .target = "one",
		.path = "tests/a.c",
		.mode = 0644,
		.origin = OHB_BY_AGENT,
		.written_ms = 5 };
	size_t n;

	failed.status = OHB_RECORD_FAILED;
	save(store, &failed);
	ck_assert_int_eq(
			ohb_blob_add(store, "text", 4, &version.blob, &err), 0);
	one.versions = &version;
	one.nversions = 1;
	ck_assert_msg(ohb_commit_begin(store, &two, &err) == 0, "%s", err.msg);
	ck_assert_msg(ohb_commit_begin(store, &one, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_commit_begin(store, &one, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_EXISTS);
	/* nothing holds yet */
	ck_assert_int_eq(
			ohb_record_find(store, "two", &arena, &found, &err), 0);
	ck_assert_int_eq(
			ohb_record_find(store, "one", &arena, &found, &err), 1);
	ck_assert_int_eq(found.status, OHB_RECORD_FAILED);
	ck_assert_int_eq(ohb_version_load(store, "one", &arena, &versions, &n,
					 &err),
			0);
	ck_assert_uint_eq(n, 1);
	/* found by the next one */
	ohb_store_close(store);
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(ohb_commit_load(store, &arena, &open, &n, &err), 0);
	ck_assert_uint_eq(n, 2);
	check_record(&open[0].record, &one.record);
	ck_assert_str_eq(open[1].record.target, "two");
	ck_assert_uint_eq(open[0].nrenames, 2);
	ck_assert_str_eq(open[0].renames[0].path, "tests/a.c");
	ck_assert_str_eq(open[0].renames[0].temp, "tests/.a.c.ohb-1");
	ck_assert(open[0].renames[0].had_old);
	ck_assert(ohb_digest_eq(
			&open[0].renames[0].digest, &renames[0].digest));
	ck_assert(ohb_digest_eq(&open[0].renames[0].old_digest,
			&renames[0].old_digest));
	ck_assert(!open[0].renames[1].had_old);
	ck_assert_uint_eq(open[0].renames[1].mode, 0755);
	/* one forward, one back */
	ck_assert_int_eq(ohb_commit_end(store, "one", &err), 0);
	ck_assert_int_eq(ohb_commit_drop(store, "two", &err), 0);
	ck_assert_int_eq(ohb_commit_end(store, "one", &err), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_int_eq(ohb_commit_drop(store, "two", &err), -1);
	ck_assert_int_eq(
			ohb_record_find(store, "one", &arena, &found, &err), 1);
	check_record(&found, &one.record);
	ck_assert_ptr_null(found.good);
	ck_assert_int_eq(
			ohb_record_find(store, "two", &arena, &found, &err), 0);
	ck_assert_int_eq(ohb_commit_load(store, &arena, &open, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	/* nothing of them is in the way of the next */
	ck_assert_msg(ohb_commit_begin(store, &one, &err) == 0, "%s", err.msg);
	ck_assert_msg(ohb_commit_begin(store, &two, &err) == 0, "%s", err.msg);
	ohb_store_close(store);
}
END_TEST

START_TEST(blobs)
{
	static const struct {
		const char *data;
		size_t len;
	} cases[] = { { "", 0 }, { "text", 4 }, { "\0\xff", 2 } };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_digest got, again;
	const struct ohb_digest other = digest("other");

	ck_assert_int_eq(ohb_blob_add(store, cases[_i].data, cases[_i].len,
					 &got, &err),
			0);
	ck_assert_int_eq(ohb_blob_add(store, cases[_i].data, cases[_i].len,
					 &again, &err),
			0);
	ck_assert(ohb_digest_eq(&got, &again));
	ohb_str_adds(&out, ">");
	ck_assert_int_eq(ohb_blob_find(store, &got, &out, &err), 1);
	ck_assert_uint_eq(out.len, cases[_i].len + 1);
	ck_assert_int_eq(
			memcmp(out.data + 1, cases[_i].data, cases[_i].len), 0);
	ck_assert_int_eq(ohb_blob_find(store, &other, &out, &err), 0);
	ohb_store_close(store);
}
END_TEST

START_TEST(versions_newest_first)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_version version = { .target = "t", .path = "t" };
	const struct ohb_version *all;
	size_t n, i;

	/* what it points to must be there */
	version.blob = digest("nowhere");
	ck_assert_int_eq(ohb_version_add(store, &version, 1, &err), -1);
	for (i = 0; i < 3; i++) {
		version.written_ms = (int64_t)i;
		version.mode = 0644 + (mode_t)i;
		version.origin = i == 1 ? OHB_BY_PERSON : OHB_BY_AGENT;
		ck_assert_int_eq(ohb_blob_add(store, &i, sizeof(i),
						 &version.blob, &err),
				0);
		ck_assert_int_eq(ohb_version_add(store, &version, 1, &err), 0);
	}
	ck_assert_int_eq(ohb_version_load(store, "t", &arena, &all, &n, &err),
			0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(all[0].written_ms, 2);
	ck_assert_int_eq(all[0].origin, OHB_BY_AGENT);
	ck_assert_int_eq(all[1].origin, OHB_BY_PERSON);
	ck_assert_uint_eq(all[1].mode, 0645);
	ck_assert(ohb_digest_eq(&all[0].blob, &version.blob));
	ck_assert_int_eq(ohb_version_load(store, "u", &arena, &all, &n, &err),
			0);
	ck_assert_uint_eq(n, 0);
	ohb_store_close(store);
}
END_TEST

START_TEST(metas)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_int_eq(ohb_meta_find(store, "a", &out, &err), 0);
	ck_assert_int_eq(ohb_meta_save(store, "a", "1", &err), 0);
	ck_assert_int_eq(ohb_meta_save(store, "a", "2", &err), 0);
	ck_assert_int_eq(ohb_meta_save(store, "b", "", &err), 0);
	ck_assert_int_eq(ohb_meta_find(store, "a", &out, &err), 1);
	ck_assert_int_eq(ohb_meta_find(store, "b", &out, &err), 1);
	ck_assert_str_eq(out.data, "2");
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("record");

	tcase_add_test(tc, records_round_trip);
	tcase_add_test(tc, failure_keeps_success);
	tcase_add_loop_test(tc, odd_lists, 0, 8);
	tcase_add_test(tc, commits);
	tcase_add_loop_test(tc, blobs, 0, 3);
	tcase_add_test(tc, versions_newest_first);
	tcase_add_test(tc, metas);
	return run_suite(tc);
}
