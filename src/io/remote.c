#include <stddef.h>
#include <stdint.h>
#include <sys/vfs.h>

#include "base/memory.h"
#include "io/fs.h"

/* f_type of statfs(2): <linux/magic.h> and the sources of those that are not
 * part of the kernel. */
static const struct {
	uint32_t type;
	const char *name;
} remote[] = {
	{ 0x6969, "nfs" },
	{ 0x517b, "smb" },
	{ 0xff534d42, "cifs" },
	{ 0xfe534d42, "smb2" },
	{ 0x01021997, "9p" },
	{ 0x65735546, "fuse" }, /* sshfs and many more; virtiofs */
	{ 0x00c36400, "ceph" },
	{ 0x0bd00bd0, "lustre" },
	{ 0x47504653, "gpfs" },
	{ 0x19830326, "beegfs" },
	{ 0xaad7aaea, "panfs" },
	{ 0x20030528, "orangefs" },
	{ 0x5346414f, "afs" },
	{ 0x6b414653, "kafs" },
	{ 0x73757245, "coda" },
	{ 0x564c, "ncp" },
	{ 0x01161970, "gfs2" },
	{ 0x7461636f, "ocfs2" },
	{ 0x61636673, "acfs" },
	{ 0xbeefdead, "snfs" },
	{ 0x786f4256, "vboxsf" },
	{ 0xbacbacbc, "vmhgfs" },
	{ 0x7c7c6673, "prl_fs" },
};

const char *ohb_fs_remote(int fd)
{
	struct statfs st;
	size_t i;

	if (fstatfs(fd, &st) < 0)
		return NULL;
	for (i = 0; i < OHB_ARRAY_LEN(remote); i++)
		if (remote[i].type == (uint32_t)st.f_type)
			return remote[i].name;
	return NULL;
}
