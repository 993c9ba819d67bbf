/*
 * The main of a fuzz program that is built without libFuzzer: gives each file
 * of the folders and files named by the arguments to the target once.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	struct stat st;
	uint8_t *data = NULL;
	size_t size;
	FILE *file = fopen(path, "rbe");
	int ret = -1;

	if (!file || fstat(fileno(file), &st) < 0)
		goto out;
	size = (size_t)st.st_size;
	/* Exactly the size, so that the sanitizer sees a read past the end. */
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, file) != size)
		goto out;
	LLVMFuzzerTestOneInput(data, size);
	ret = 0;
out:
	if (ret)
		perror(path);
	free(data);
	if (file)
		fclose(file);
	return ret;
}

static int replay_folder(const char *path, int *nfiles)
{
	struct dirent **entries;
	char name[4096];
	int n = scandir(path, &entries, NULL, alphasort);
	int ret = n < 0 ? -1 : 0;

	if (n < 0)
		perror(path);
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_type == DT_REG && !ret) {
			snprintf(name, sizeof(name), "%s/%s", path,
					entries[i]->d_name);
			ret = replay_file(name);
			++*nfiles;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return ret;
}

int main(int argc, char **argv)
{
	int nfiles = 0;

	for (int i = 1; i < argc; i++)
		if (replay_folder(argv[i], &nfiles) < 0)
			return 1;
	printf("%d files\n", nfiles);
	return nfiles ? 0 : 1;
}
