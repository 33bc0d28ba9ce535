#include "init/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fd.h"

#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"

int lockdown_level_of(const char *text, char word[LOCKDOWN_WORD_MAX],
		      struct err *e)
{
	const char *open = strchr(text, '[');
	size_t len = open ? strcspn(open + 1, "]") : 0;

	if (!open || open[1 + len] != ']' || len >= LOCKDOWN_WORD_MAX)
		return err_set(e, EBADMSG, "lockdown is '%.64s'", text);
	memcpy(word, open + 1, len);
	word[len] = '\0';
	if (strcmp(word, "integrity") != 0 &&
	    strcmp(word, "confidentiality") != 0)
		return err_set(e, EPERM, "lockdown is %s", word);
	return 0;
}

int lockdown_read_back(char word[LOCKDOWN_WORD_MAX], struct err *e)
{
	char text[64];
	ssize_t n =
		fd_read_file(AT_FDCWD, LOCKDOWN_FILE, text, sizeof(text), e);

	return n < 0 ? (int)n : lockdown_level_of(text, word, e);
}
