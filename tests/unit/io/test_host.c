#include "io/host.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/stray.h"

static const struct {
	const char *address;
	bool ours;
} addresses[] = {
	{ "127.0.0.1", true },
	{ "127.1.2.3", true },
	{ "192.0.2.1", false }, /* for documents: nobody's */
	{ "2001:db8::1", false },
	{ "localhost", false },
	{ "", false },
	{ "300.1.1.1", false },
};

START_TEST(knows_its_addresses)
{
	ck_assert_int_eq(ohb_host_has_address(addresses[_i].address),
			addresses[_i].ours);
}
END_TEST

START_TEST(finds_a_free_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct ohb_error err = OHB_ERROR_INIT;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned port = 0;

	ck_assert_int_eq(ohb_host_free_port(&port, &err), 0);
	ck_assert_uint_gt(port, 1023);
	at.sin_port = htons((in_port_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
}
END_TEST

static unsigned listen_at(const char *address, int *ret_fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET, address, &at.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_fd = fd;
	return ntohs(at.sin_port);
}

static bool is_among(const unsigned *ports, size_t n, unsigned port)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

START_TEST(sees_what_listens_for_others)
{
	unsigned ports[1000], one[1];
	int open_fd, local_fd;
	unsigned local = listen_at("127.0.0.1", &local_fd);
	unsigned open = listen_at("0.0.0.0", &open_fd);
	size_t i, n = ohb_host_listeners(ports, OHB_ARRAY_LEN(ports));

	ck_assert(is_among(ports, n, open));
	ck_assert(!is_among(ports, n, local) || local == open);
	for (i = 1; i < n; i++)
		ck_assert_uint_lt(ports[i - 1], ports[i]);
	ck_assert_uint_eq(ohb_host_listeners(one, 1), 1);
	(void)close(open_fd);
	n = ohb_host_listeners(ports, OHB_ARRAY_LEN(ports));
	ck_assert(!is_among(ports, n, open));
	(void)close(local_fd);
}
END_TEST

static const struct {
	const char *lines;
	unsigned port; /* 0: none */
} tables[] = {
	{ "", 0 },
	{ "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000\n", 8080 },
	{ "   0: 00000000:1F90 00000000:0000 0A", 8080 },
	{ "   0: 0100007F:1F90 00000000:0000 0A\n", 0 },
	{ "   0: 0100007E:1F90 00000000:0000 0A\n", 8080 },
	{ "   0: 00000000:1F90 0B0B000A:C350 01\n", 0 },
	{ "   0: 00000000:1F90 00000000:0000 0\n", 0 },
	{ "   0: 00000000:0000 00000000:0000 0A\n", 0 },
	{ "   0: 00000000:F90 00000000:0000 0A\n", 0 },
	{ "   0: 00000000:1f90 00000000:0000 0A\n", 0 },
	{ "\n:\n\n   0: 00000000:1F90 00000000:0000 0A\n", 8080 },
	{ "   0: 00000000000000000000000000000000:1F90 "
	  "00000000000000000000000000000000:0000 0A\n",
			8080 },
	{ "   0: 00000000000000000000000001000000:1F90 "
	  "00000000000000000000000000000000:0000 0A\n",
			0 },
	{ "   0: 0000000000000000FFFF00000100007F:1F90 "
	  "00000000000000000000000000000000:0000 0A\n",
			0 },
};

START_TEST(reads_a_table)
{
	ohb_autostr text = OHB_STR_INIT;
	unsigned ports[4] = { 0 };
	size_t n;

	ohb_str_addf(&text, "  sl  local_address rem_address   st\n%s",
			tables[_i].lines);
	n = ohb_host_read_listeners(text.data, ports, 0, 4);
	ck_assert_uint_eq(n, tables[_i].port != 0);
	ck_assert_uint_eq(ports[0], tables[_i].port);
}
END_TEST

/* As many sockets as a busy machine has take no time to speak of. */
START_TEST(reads_a_large_table)
{
	ohb_autostr text = OHB_STR_INIT;
	unsigned ports[4];
	size_t i;

	for (i = 0; i < 100000; i++)
		ohb_str_adds(&text,
				"\n   1: 0100007F:A797 00000000:0000 0A "
				"00000000:00000000 00:00000000 00000000     0  "
				"      0 14280726 1 00000000a335b412 100 0 0 10");
	ohb_str_adds(&text, "\n   2: 00000000:0016 00000000:0000 0A");
	ck_assert_uint_eq(ohb_host_read_listeners(text.data, ports, 0, 4), 1);
	ck_assert_uint_eq(ports[0], 22);
}
END_TEST

static pid_t start_marked(const char *value)
{
	char variable[64];
	char *const env[] = { variable, NULL };
	char *const argv[] = { (char[]){ "sleep" }, (char[]){ "600" }, NULL };
	int fds[2];
	char none;
	pid_t pid;

	(void)snprintf(variable, sizeof(variable), "OHB_TEST_MARK=%d/%s",
			(int)getpid(), value);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)execve("/bin/sleep", argv, env);
		_exit(1);
	}
	/* Its end is closed by exec: the environment is there. */
	(void)close(fds[1]);
	ck_assert_int_eq(read(fds[0], &none, 1), 0);
	(void)close(fds[0]);
	return pid;
}

START_TEST(kills_what_carries_the_mark)
{
	pid_t one = start_marked("a/"), two = start_marked("a/b");
	pid_t other = start_marked("ab");
	char mark[64];
	int status;

	(void)snprintf(mark, sizeof(mark), "OHB_TEST_MARK=%d/a/",
			(int)getpid());
	ck_assert_uint_ge(ohb_stray_kill(mark), 2);
	ck_assert_int_eq(waitpid(one, &status, 0), one);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(waitpid(two, &status, 0), two);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(waitpid(other, &status, WNOHANG), 0);
	ck_assert_uint_eq(ohb_stray_kill(mark), 0);
	ck_assert_int_eq(kill(other, SIGKILL), 0);
	ck_assert_int_eq(waitpid(other, &status, 0), other);
}
END_TEST

static int add_name(void *userdata, const char *name, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	if (kind == OHB_FS_OTHER)
		return ohb_fail(err, OHB_E_CONFIG, "met '%s'", name);
	ohb_str_addf(userdata, "%s:%d ", name, (int)kind);
	return 0;
}

START_TEST(lists_a_folder_and_reads_the_end_of_a_file)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autofree char *folder = NULL;
	ohb_autostr out = OHB_STR_INIT, want = OHB_STR_INIT;
	ohb_autostr path = OHB_STR_INIT;
	FILE *file;

	ck_assert_int_eq(ohb_fs_temp_dir(&folder, &err), 0);
	ohb_str_addf(&path, "%s/b", folder);
	file = fopen(path.data, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fputs("0123456789", file), 1);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(
			ohb_fs_read_end(AT_FDCWD, path.data, 4, &out, &err), 0);
	ck_assert_int_eq(ohb_fs_read_end(AT_FDCWD, path.data, 40, &out, &err),
			0);
	ck_assert_str_eq(out.data, "67890123456789");
	ohb_str_clear(&out);

	ohb_str_clear(&path);
	ohb_str_addf(&path, "%s/a/deep", folder);
	{
		int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		ck_assert_int_eq(ohb_fs_mkdirs(fd, "a/deep", &err), 0);
		ck_assert_int_eq(symlinkat("b", fd, "c"), 0);
		(void)close(fd);
	}
	ck_assert_int_eq(
			ohb_fs_list(AT_FDCWD, folder, add_name, &out, &err), 0);
	ohb_str_addf(&want, "a:%d b:%d c:%d ", OHB_FS_DIR, OHB_FS_FILE,
			OHB_FS_LINK);
	ck_assert_str_eq(out.data, want.data);
	ck_assert_int_eq(ohb_fs_list(AT_FDCWD, "/dev", add_name, &out, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
	ck_assert_int_eq(
			ohb_fs_list(AT_FDCWD, "/nowhere", add_name, &out, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, folder, &err), 0);
}
END_TEST

START_TEST(makes_secrets)
{
	struct ohb_secret *one = ohb_random_secret();
	struct ohb_secret *other = ohb_random_secret();
	const char *text = ohb_secret_reveal(one);

	ck_assert_uint_eq(strlen(text), 32);
	ck_assert_uint_eq(strspn(text, "0123456789abcdef"), 32);
	ck_assert_str_ne(text, ohb_secret_reveal(other));
	ohb_secret_free(one);
	ohb_secret_free(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io/host");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, knows_its_addresses, 0,
			(int)OHB_ARRAY_LEN(addresses));
	tcase_add_test(tcase, finds_a_free_port);
	tcase_add_test(tcase, sees_what_listens_for_others);
	tcase_add_loop_test(
			tcase, reads_a_table, 0, (int)OHB_ARRAY_LEN(tables));
	tcase_add_test(tcase, reads_a_large_table);
	tcase_add_test(tcase, kills_what_carries_the_mark);
	tcase_add_test(tcase, lists_a_folder_and_reads_the_end_of_a_file);
	tcase_add_test(tcase, makes_secrets);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
