// SPDX-License-Identifier: MIT
#include "tests/unit/oci/config/rows.h"

#include <errno.h>
#include <stddef.h>

/* All namespaces of a container's own. */
#define NS                                                                  \
	"'namespaces':[{'type':'mount'},{'type':'network'},{'type':'ipc'}," \
	"{'type':'uts'},{'type':'pid'},{'type':'cgroup'}]"
#define USER_NS "'namespaces':[{'type':'mount'},{'type':'user'}]"
#define TIME_NS "'namespaces':[{'type':'mount'},{'type':'time'}]"
#define MAP "[{'containerID':0,'hostID':1000,'size':10}]"

/* clang-format off */
#define OK(property, members) { property, members, 0, NULL }
#define BAD(property, members, words) { property, members, EINVAL, words }
#define OFF(property, members, words) { property, members, EOPNOTSUPP, words }
#define GONE(property, members, words) { property, members, ENOENT, words }

static const struct row_case cases_document[] = {
	OK("ociVersion", "'ociVersion':'1.0.0'"),
	OK("ociVersion", "'ociVersion':'1.0.2-dev'"),
	OK("ociVersion", "'ociVersion':'1.2.1+dev'"),
	OK("ociVersion", "'ociVersion':'1.99.12'"),
	BAD("ociVersion", "'ociVersion':'2.0.0'", NULL),
	BAD("ociVersion", "'ociVersion':'0.9.0'", NULL),
	BAD("ociVersion", "'ociVersion':'1.0'", NULL),
	BAD("ociVersion", "'ociVersion':'1.0.x'", NULL),
	BAD("ociVersion", "'ociVersion':'1.01.0'", NULL),
	BAD("ociVersion", "'ociVersion':''", NULL),
	BAD("ociVersion", "'ociVersion':null", NULL),
	BAD("ociVersion", "'ociVersion':1", NULL),
	OK("process", "'process':{'cwd':'/','args':['a']}"),
	BAD("process", "'process':null", NULL),
	BAD("process", "'process':[]", NULL),
	BAD("process", "'process':{}", ".cwd: is missing"),
	OK("root", "'root':{'path':'r'}"),
	BAD("root", "'root':null", NULL),
	BAD("root", "'root':'rootfs'", NULL),
	OK("hostname", "'hostname':'box','linux':{" NS "}"),
	OK("hostname", "'hostname':''"),
	BAD("hostname", "'hostname':'box'", NULL),
	BAD("hostname",
		"'hostname':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',"
		"'linux':{" NS "}", NULL),
	BAD("hostname", "'hostname':'a\\u0000b'", NULL),
	OK("domainname", "'domainname':'example.net','linux':{" NS "}"),
	BAD("domainname", "'domainname':'example.net'", NULL),
	BAD("domainname", "'domainname':7", NULL),
	OK("mounts", "'mounts':[]"),
	BAD("mounts", "'mounts':{}", NULL),
	OK("hooks", "'hooks':{}"),
	BAD("hooks", "'hooks':[]", NULL),
	OK("annotations", "'annotations':{'a.b':'','c':'d'}"),
	BAD("annotations", "'annotations':['a']", NULL),
	BAD("annotations", "'annotations':{'a':1}", ".a: is a number"),
	BAD("annotations", "'annotations':{'':'x'}", ".: is an empty key"),
	BAD("annotations", "'annotations':{'a':'x','a':'y'}", ".a: is given twice"),
	OK("linux", "'linux':{" NS "}"),
	BAD("linux", "'linux':7", NULL),
	OFF("linux", "'linux':{'namespaces':[]}", ".namespaces: has no mount"),
	OK("vm", "'vm':{}"),
	OFF("vm", "'vm':{'kernel':{'path':'/k'}}", NULL),
	OK("solaris", "'solaris':null"),
	OFF("solaris", "'solaris':{'milestone':'x'}", NULL),
	OK("windows", "'windows':{}"),
	OFF("windows", "'windows':{'layerFolders':['x']}", NULL),
	OK("freebsd", "'freebsd':{}"),
	OFF("freebsd", "'freebsd':{'jail':{}}", NULL),
	OK("zos", "'zos':{}"),
	OFF("zos", "'zos':{'namespaces':[1]}", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_root[] = {
	OK("path", "'path':'/abs'"),
	BAD("path", "", NULL),
	BAD("path", "'path':''", NULL),
	OK("readonly", "'path':'r','readonly':true"),
	BAD("readonly", "'path':'r','readonly':1", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_hooks[] = {
	OK("prestart", "'prestart':[{'path':'/h'}]"),
	BAD("prestart", "'prestart':{'path':'/h'}", NULL),
	OK("createRuntime", "'createRuntime':[]"),
	BAD("createRuntime", "'createRuntime':[7]", "[0]"),
	OK("createContainer", "'createContainer':[{'path':'/h'}]"),
	BAD("createContainer", "'createContainer':'/h'", NULL),
	OK("startContainer", "'startContainer':[{'path':'/h'}]"),
	BAD("startContainer", "'startContainer':'/h'", NULL),
	OK("poststart", "'poststart':[{'path':'/h'}]"),
	BAD("poststart", "'poststart':'/h'", NULL),
	OK("poststop", "'poststop':[{'path':'/h'}]"),
	BAD("poststop", "'poststop':'/h'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_hooks_prestart[] = {
	OK("path", "'path':'/h'"),
	BAD("path", "'path':'h'", ": \"h\" is no absolute path"),
	BAD("path", "", ": is missing"),
	OK("args", "'path':'/h','args':['h','-x']"),
	BAD("args", "'path':'/h','args':'h'", NULL),
	OK("env", "'path':'/h','env':['A=b']"),
	BAD("env", "'path':'/h','env':['A']", "[0]"),
	OK("timeout", "'path':'/h','timeout':1"),
	BAD("timeout", "'path':'/h','timeout':0", NULL),
	BAD("timeout", "'path':'/h','timeout':-5", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process[] = {
	OK("terminal", "'terminal':true"),
	BAD("terminal", "'terminal':'yes'", NULL),
	OK("consoleSize", "'consoleSize':{'height':25,'width':80}"),
	BAD("consoleSize", "'consoleSize':[25,80]", NULL),
	OK("cwd", "'cwd':'/tmp/a b'"),
	BAD("cwd", "'cwd':'tmp'", NULL),
	BAD("cwd", "'cwd':''", NULL),
	OK("env", "'env':['A=','B=c=d']"),
	BAD("env", "'env':['A=1','=x']", "[1]: \"=x\" is no NAME=value"),
	BAD("env", "'env':['PATH']", "[0]"),
	OK("args", "'args':['sh','-c','']"),
	BAD("args", "'args':[]", NULL),
	BAD("args", "'args':['']", NULL),
	BAD("args", "'args':['a','b\\u0000c']", "[1]: holds a NUL"),
	BAD("args", "'args':[7]", "[0]: is a number"),
	BAD("args", "'args':[null]", "[0]: is null"),
	OK("commandLine", "'commandLine':''"),
	OFF("commandLine", "'commandLine':'cmd.exe'", NULL),
	OK("user", "'user':{}"),
	BAD("user", "'user':'root'", NULL),
	OK("capabilities", "'capabilities':{}"),
	BAD("capabilities", "'capabilities':['CAP_KILL']", NULL),
	OK("rlimits",
		"'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':0},"
		"{'type':'RLIMIT_NOFILE','soft':1,'hard':1}]"),
	BAD("rlimits",
		"'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':0},"
		"{'type':'RLIMIT_CORE','soft':0,'hard':0}]",
		"[1].type: RLIMIT_CORE is given twice"),
	OK("noNewPrivileges", "'noNewPrivileges':true"),
	BAD("noNewPrivileges", "'noNewPrivileges':'true'", NULL),
	OK("oomScoreAdj", "'oomScoreAdj':-1000"),
	OK("oomScoreAdj", "'oomScoreAdj':1000"),
	BAD("oomScoreAdj", "'oomScoreAdj':1001", NULL),
	BAD("oomScoreAdj", "'oomScoreAdj':-1001", NULL),
	OK("selinuxLabel", "'selinuxLabel':'u:r:t:s0:c1,c2'"),
	BAD("selinuxLabel", "'selinuxLabel':5", NULL),
	OK("apparmorProfile", "'apparmorProfile':'unconfined'"),
	OK("apparmorProfile", "'apparmorProfile':''"),
	OFF("apparmorProfile", "'apparmorProfile':'docker-default'", NULL),
	OK("ioPriority", "'ioPriority':null"),
	BAD("ioPriority", "'ioPriority':3", NULL),
	OK("scheduler", "'scheduler':{'policy':'SCHED_OTHER'}"),
	BAD("scheduler", "'scheduler':'SCHED_OTHER'", NULL),
	OK("execCPUAffinity", "'execCPUAffinity':{}"),
	BAD("execCPUAffinity", "'execCPUAffinity':'0'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_console_size[] = {
	OK("height", "'height':65535,'width':0"),
	BAD("height", "'height':65536,'width':1", NULL),
	BAD("height", "'width':80", NULL),
	OK("width", "'height':1,'width':65535"),
	BAD("width", "'height':1,'width':-1", NULL),
	BAD("width", "'height':1", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_user[] = {
	OK("uid", "'uid':4294967294"),
	BAD("uid", "'uid':4294967295", NULL),
	BAD("uid", "'uid':-1", NULL),
	BAD("uid", "'uid':1.5", NULL),
	BAD("uid", "'uid':1e3", NULL),
	OK("gid", "'gid':0"),
	BAD("gid", "'gid':4294967295", NULL),
	OK("umask", "'umask':511"),
	BAD("umask", "'umask':512", NULL),
	OK("additionalGids", "'additionalGids':[1,2,4294967294]"),
	BAD("additionalGids", "'additionalGids':[1,-2]", "[1]"),
	OK("username", "'username':''"),
	OFF("username", "'username':'web'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_capabilities[] = {
	OK("bounding", "'bounding':['CAP_KILL','CAP_FUTURE']"),
	BAD("bounding", "'bounding':'CAP_KILL'", NULL),
	OK("permitted", "'permitted':['CAP_KILL']"),
	BAD("permitted", "'permitted':{}", NULL),
	OK("effective", "'effective':['CAP_KILL']"),
	BAD("effective", "'effective':[5]", "[0]"),
	OK("inheritable", "'inheritable':[]"),
	BAD("inheritable", "'inheritable':true", NULL),
	OK("ambient", "'ambient':null"),
	BAD("ambient", "'ambient':1", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_io_priority[] = {
	OK("class", "'class':'IOPRIO_CLASS_IDLE'"),
	BAD("class", "'class':'IOPRIO_CLASS_NONE'", NULL),
	BAD("class", "'priority':1", NULL),
	OK("priority", "'class':'IOPRIO_CLASS_BE','priority':7"),
	BAD("priority", "'class':'IOPRIO_CLASS_BE','priority':8", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_scheduler[] = {
	OK("policy", "'policy':'SCHED_IDLE'"),
	BAD("policy", "'policy':'SCHED_FAST'", NULL),
	BAD("policy", "", NULL),
	OFF("policy", "'policy':'SCHED_ISO'", NULL),
	OK("nice", "'policy':'SCHED_BATCH','nice':-20"),
	BAD("nice", "'policy':'SCHED_BATCH','nice':20", NULL),
	OK("priority", "'policy':'SCHED_FIFO','priority':99"),
	BAD("priority", "'policy':'SCHED_FIFO','priority':100", NULL),
	BAD("priority", "'policy':'SCHED_RR'", NULL),
	BAD("priority", "'policy':'SCHED_OTHER','priority':1", NULL),
	OK("flags",
		"'policy':'SCHED_OTHER','flags':['SCHED_FLAG_RESET_ON_FORK',"
		"'SCHED_FLAG_UTIL_CLAMP_MAX']"),
	BAD("flags", "'policy':'SCHED_OTHER','flags':['SCHED_FLAG_X']", "[0]: \"SCHED_FLAG_X\""),
	OK("runtime", "'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,'period':3"),
	BAD("runtime", "'policy':'SCHED_DEADLINE','runtime':3,'deadline':2", NULL),
	BAD("runtime", "'policy':'SCHED_DEADLINE'", NULL),
	BAD("runtime", "'policy':'SCHED_OTHER','runtime':3", NULL),
	OK("deadline", "'policy':'SCHED_DEADLINE','runtime':1,'deadline':1"),
	BAD("deadline", "'policy':'SCHED_DEADLINE','runtime':1,'deadline':-1", NULL),
	OK("period", "'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,'period':2"),
	BAD("period",
		"'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,'period':1",
		"@process.scheduler.runtime"),
	BAD("period", "'policy':'SCHED_DEADLINE','period':'1'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_exec_cpuaffinity[] = {
	OK("initial", "'initial':'0-3, 7'"),
	BAD("initial", "'initial':'3-0'", NULL),
	BAD("initial", "'initial':'0,'", NULL),
	OK("final", "'final':'8191'"),
	BAD("final", "'final':'8192'", NULL),
	BAD("final", "'final':'all'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_process_rlimits[] = {
	OK("type", "'type':'RLIMIT_RTTIME','soft':0,'hard':0"),
	BAD("type", "'type':'RLIMIT_FOO','soft':0,'hard':0",
		": \"RLIMIT_FOO\" is not one of RLIMIT_AS"),
	BAD("type", "'soft':0,'hard':0", ": is missing"),
	OK("soft", "'type':'RLIMIT_AS','soft':18446744073709551615,'hard':18446744073709551615"),
	BAD("soft", "'type':'RLIMIT_AS','soft':2,'hard':1", NULL),
	BAD("soft", "'type':'RLIMIT_AS','hard':1", ": is missing"),
	OK("hard", "'type':'RLIMIT_AS','soft':0,'hard':18446744073709551615"),
	BAD("hard", "'type':'RLIMIT_AS','soft':0,'hard':18446744073709551616", NULL),
	BAD("hard", "'type':'RLIMIT_AS','soft':0,'hard':-1", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_mounts[] = {
	OK("destination", "'type':'tmpfs','destination':'/a'"),
	OK("destination", "'type':'tmpfs','destination':'relative'"),
	BAD("destination", "'type':'tmpfs','destination':'/'", ": is the root"),
	BAD("destination", "'type':'tmpfs','destination':''", NULL),
	OK("source", "'source':'/','options':['bind']"),
	OK("source", "'type':'tmpfs','source':'any'"),
	BAD("source", "'options':['bind']", ": is missing"),
	GONE("source", "'source':'/none/such','options':['rbind']", ": /none/such"),
	OK("type", "'type':'proc','destination':'/proc'"),
	BAD("type", "'source':'x'", ": is missing"),
	OK("options", "'type':'tmpfs','options':['ro','size=5m','mode=755']"),
	BAD("options", "'source':'/','options':['bind','nosiud']", ": \"nosiud\""),
	BAD("options", "'type':'tmpfs','options':'ro'", ": is a string"),
	OK("uidMappings",
		"'source':'/','options':['bind','idmap'],'uidMappings':" MAP
		",'gidMappings':" MAP),
	BAD("uidMappings", "'source':'/','options':['bind','idmap']", ": is missing"),
	BAD("uidMappings", "'source':'/','options':['bind'],'gidMappings':" MAP, NULL),
	OK("gidMappings", "'source':'/','options':['bind'],'uidMappings':" MAP
		",'gidMappings':" MAP),
	BAD("gidMappings", "'source':'/','options':['bind'],'uidMappings':" MAP,
		"@mounts[0].uidMappings, gidMappings"),
	BAD("destination", "'type':'tmpfs','destination':null", ": is missing"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux[] = {
	OK("namespaces", NS),
	BAD("namespaces", "'namespaces':{}", NULL),
	OFF("namespaces", "'namespaces':[{'type':'pid'}]", NULL),
	OK("uidMappings", USER_NS ",'uidMappings':" MAP ",'gidMappings':" MAP),
	BAD("uidMappings", USER_NS ",'gidMappings':" MAP, NULL),
	BAD("uidMappings", "'uidMappings':" MAP ",'gidMappings':" MAP, NULL),
	BAD("uidMappings", USER_NS ",'gidMappings':" MAP
		",'uidMappings':[{'containerID':0,'hostID':1,'size':5},"
		"{'containerID':4,'hostID':100,'size':5}]", "[1]: overlaps with [0]"),
	OK("gidMappings", USER_NS ",'uidMappings':" MAP ",'gidMappings':" MAP),
	BAD("gidMappings", USER_NS ",'uidMappings':" MAP, NULL),
	OK("timeOffsets", TIME_NS ",'timeOffsets':{}"),
	BAD("timeOffsets", "'timeOffsets':{'monotonic':{'secs':1}}", NULL),
	OK("devices", "'devices':[]"),
	BAD("devices", "'devices':{}", NULL),
	BAD("devices",
		"'devices':[{'path':'/dev/a','type':'p'},{'path':'/dev/a',"
		"'type':'p'}]", "[1].path: \"/dev/a\" is given twice"),
	OK("netDevices", NS ",'netDevices':{'eth0':{}}"),
	BAD("netDevices", "'netDevices':{'eth0':{}}", NULL),
	BAD("netDevices", NS ",'netDevices':{'eth/0':{}}", ".eth/0"),
	BAD("netDevices", NS ",'netDevices':{'name-of-16-bytes':{}}", ".name-of-16-bytes"),
	OK("cgroupsPath", "'cgroupsPath':'/a/b'"),
	OK("cgroupsPath", "'cgroupsPath':'a'"),
	OK("cgroupsPath", "'cgroupsPath':''"),
	OK("cgroupsPath", "'cgroupsPath':'/kube/cri:x:y'"),
	OFF("cgroupsPath", "'cgroupsPath':'user.slice:cri:abc'", NULL),
	BAD("cgroupsPath", "'cgroupsPath':'/a/../b'", NULL),
	BAD("cgroupsPath", "'cgroupsPath':'..'", NULL),
	BAD("cgroupsPath", "'cgroupsPath':'/'", NULL),
	BAD("cgroupsPath", "'cgroupsPath':'a//b'", NULL),
	OK("resources", "'resources':{}"),
	BAD("resources", "'resources':[]", NULL),
	OK("rootfsPropagation", "'rootfsPropagation':'slave'"),
	OK("rootfsPropagation", "'rootfsPropagation':'rshared'"),
	BAD("rootfsPropagation", "'rootfsPropagation':'public'", NULL),
	OK("seccomp", "'seccomp':null"),
	BAD("seccomp", "'seccomp':true", NULL),
	OK("sysctl", NS
		",'sysctl':{'net.ipv4.ip_forward':'1','kernel.shmmax':'1',"
		"'fs.mqueue.msg_max':'2','net/ipv4/conf/eth0.1/x':'0'}"),
	BAD("sysctl", NS ",'sysctl':{'net/../kernel/panic':'1'}",
		".net/../kernel/panic: \"net/../kernel/panic\" is no sysctl"),
	BAD("sysctl", NS ",'sysctl':{'net..x':'1'}", NULL),
	OK("maskedPaths", "'maskedPaths':['/proc/keys']"),
	BAD("maskedPaths", "'maskedPaths':['proc/keys']", "[0]"),
	OK("readonlyPaths", "'readonlyPaths':['/proc/sys']"),
	BAD("readonlyPaths", "'readonlyPaths':['']", "[0]"),
	OK("mountLabel", "'mountLabel':'u:r:t:s0'"),
	BAD("mountLabel", "'mountLabel':['x']", NULL),
	OK("intelRdt", "'intelRdt':{}"),
	OFF("intelRdt", "'intelRdt':{'closID':'x'}", NULL),
	OK("memoryPolicy", "'memoryPolicy':{'mode':'MPOL_LOCAL'}"),
	BAD("memoryPolicy", "'memoryPolicy':'MPOL_LOCAL'", NULL),
	OK("personality", "'personality':{'domain':'LINUX'}"),
	BAD("personality", "'personality':'LINUX'", NULL),
	BAD("netDevices", NS
		",'netDevices':{'a':{'name':'c0'},'b':{'name':'c0'}}",
		".b.name: c0 is given twice"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_namespaces[] = {
	OK("type", "'type':'mount'},{'type':'time'"),
	BAD("type", "'type':'mount'},{'type':'mount'",
		"@linux.namespaces[1].type: mount is given twice"),
	BAD("type", "'type':'net'", ": \"net\" is not one of"),
	BAD("type", "", ": is missing"),
	OK("path", "'type':'mount'},{'type':'network','path':'/proc/self/ns/net'"),
	OK("path", "'type':'mount','path':''"),
	BAD("path",
		"'type':'mount'},{'type':'network','path':'/proc/self/ns/pid'",
		"@linux.namespaces[1].path: \"/proc/self/ns/pid\" is no network namespace"),
	BAD("path", "'type':'network','path':'/dev/null'",
		": \"/dev/null\" is no network namespace"),
	BAD("path", "'type':'network','path':'ns'", NULL),
	GONE("path", "'type':'network','path':'/none'", ": /none"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_mounts_uid_mappings[] = {
	OK("containerID", USER_NS ",'gidMappings':" MAP
		",'uidMappings':[{'containerID':4294967294,'hostID':1,"
		"'size':1}]"),
	BAD("containerID", USER_NS ",'uidMappings':[{'hostID':1,'size':1}]", ": is missing"),
	OK("hostID", USER_NS ",'gidMappings':" MAP
		",'uidMappings':[{'containerID':0,'hostID':0,"
		"'size':4294967295}]"),
	BAD("hostID", USER_NS
		",'uidMappings':[{'containerID':1,'hostID':4294967295,"
		"'size':1}]", NULL),
	OK("size", USER_NS ",'gidMappings':" MAP
		",'uidMappings':[{'containerID':0,'hostID':1,'size':1}]"),
	BAD("size", USER_NS ",'uidMappings':[{'containerID':0,'hostID':1,'size':0}]", NULL),
	BAD("size", USER_NS ",'gidMappings':" MAP
		",'uidMappings':[{'containerID':1,'hostID':1,"
		"'size':4294967295}]", ": goes past"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_time_offsets[] = {
	OK("boottime", "'boottime':{}"),
	BAD("boottime", "'boottime':5", NULL),
	OK("monotonic", "'monotonic':{'secs':7}"),
	BAD("monotonic", "'monotonic':[]", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_time_offsets_boottime[] = {
	OK("secs", "'secs':-9223372036854775808"),
	BAD("secs", "'secs':9223372036854775808", NULL),
	OK("nanosecs", "'nanosecs':999999999"),
	BAD("nanosecs", "'nanosecs':1000000000", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_devices[] = {
	OK("path", "'path':'/dev/fifo','type':'p'"),
	BAD("path", "'path':'dev/fifo','type':'p'", NULL),
	BAD("path", "'type':'p'", ": is missing"),
	OK("type", "'path':'/dev/u','type':'u','major':1,'minor':3"),
	BAD("type", "'path':'/dev/u','type':'s','major':1,'minor':3", ": \"s\""),
	BAD("type", "'path':'/dev/u'", ": is missing"),
	OK("major", "'path':'/dev/c','type':'c','major':4095,'minor':0"),
	BAD("major", "'path':'/dev/c','type':'c','minor':0", ": is missing"),
	BAD("major", "'path':'/dev/c','type':'c','major':-1,'minor':0", NULL),
	OK("minor", "'path':'/dev/b','type':'b','major':8,'minor':1"),
	BAD("minor", "'path':'/dev/b','type':'b','major':8", ": is missing"),
	OK("fileMode", "'path':'/dev/f','type':'p','fileMode':511"),
	OK("fileMode", "'path':'/dev/f','type':'p','fileMode':4534"),
	BAD("fileMode", "'path':'/dev/f','type':'p','fileMode':512", NULL),
	BAD("fileMode", "'path':'/dev/f','type':'p','fileMode':65536", NULL),
	OK("uid", "'path':'/dev/f','type':'p','uid':5"),
	BAD("uid", "'path':'/dev/f','type':'p','uid':4294967295", NULL),
	OK("gid", "'path':'/dev/f','type':'p','gid':5"),
	BAD("gid", "'path':'/dev/f','type':'p','gid':'tty'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_net_devices[] = {
	OK("name", "'name':'c0'"),
	BAD("name", "'name':'..'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_memory_policy[] = {
	OK("mode", "'mode':'MPOL_WEIGHTED_INTERLEAVE','nodes':'0'"),
	BAD("mode", "'mode':'MPOL_ANY'", NULL),
	BAD("mode", "", NULL),
	OK("nodes", "'mode':'MPOL_BIND','nodes':'0-1,3'"),
	OK("nodes", "'mode':'MPOL_PREFERRED'"),
	BAD("nodes", "'mode':'MPOL_BIND','nodes':'x'", NULL),
	BAD("nodes", "'mode':'MPOL_BIND','nodes':''", ": this mode needs some"),
	BAD("nodes", "'mode':'MPOL_LOCAL','nodes':'0'", ": this mode takes none"),
	OK("flags", "'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES']"),
	BAD("flags", "'mode':'MPOL_BIND','flags':['MPOL_F_X']", "[0]"),
	BAD("flags", "'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES',"
		"'MPOL_F_RELATIVE_NODES']", ": static and relative"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_personality[] = {
	OK("domain", "'domain':'LINUX32'"),
	BAD("domain", "'domain':'BSD'", NULL),
	BAD("domain", "", NULL),
	OK("flags", "'domain':'LINUX','flags':[]"),
	OFF("flags", "'domain':'LINUX','flags':['X']", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources[] = {
	OK("memory", "'memory':{}"),
	BAD("memory", "'memory':1", NULL),
	OK("cpu", "'cpu':{}"),
	BAD("cpu", "'cpu':'1'", NULL),
	OK("pids", "'pids':{'limit':1}"),
	BAD("pids", "'pids':5", NULL),
	OK("blockIO", "'blockIO':{}"),
	BAD("blockIO", "'blockIO':[]", NULL),
	OK("hugepageLimits", "'hugepageLimits':[]"),
	BAD("hugepageLimits", "'hugepageLimits':{}", NULL),
	OK("rdma", "'rdma':{'mlx5_1':{}}"),
	BAD("rdma", "'rdma':{'mlx5 1':{}}", ".mlx5 1"),
	OK("devices", "'devices':[{'allow':false}]"),
	BAD("devices", "'devices':{}", NULL),
	OK("unified", "'unified':{'memory.high':'max'}"),
	BAD("unified", "'unified':{'../memory.high':'max'}", ".../memory.high"),
	BAD("unified", "'unified':{'memory':'1'}", ".memory"),
	BAD("unified", "'unified':{'memory.high':1}", ".memory.high"),
	OK("network", "'network':{}"),
	OFF("network", "'network':{'classID':1}", NULL),
	OFF("network", "'network':{'priorities':[]}", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_memory[] = {
	OK("limit", "'limit':9223372036854775807"),
	BAD("limit", "'limit':-2", NULL),
	OK("reservation", "'reservation':1"),
	BAD("reservation", "'reservation':'1m'", NULL),
	OK("swap", "'limit':5,'swap':5"),
	OK("swap", "'swap':-1"),
	BAD("swap", "'limit':5,'swap':4", NULL),
	BAD("swap", "'swap':4", NULL),
	OK("checkBeforeUpdate", "'checkBeforeUpdate':true"),
	BAD("checkBeforeUpdate", "'checkBeforeUpdate':1", NULL),
	OK("kernel", "'kernel':0"),
	OFF("kernel", "'kernel':-1", NULL),
	OK("kernelTCP", "'kernelTCP':null"),
	OFF("kernelTCP", "'kernelTCP':4096", NULL),
	OK("swappiness", "'swappiness':0"),
	OFF("swappiness", "'swappiness':60", NULL),
	OK("disableOOMKiller", "'disableOOMKiller':false"),
	OFF("disableOOMKiller", "'disableOOMKiller':true", NULL),
	OK("useHierarchy", "'useHierarchy':false"),
	OFF("useHierarchy", "'useHierarchy':true", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_cpu[] = {
	OK("shares", "'shares':18446744073709551615"),
	BAD("shares", "'shares':-1", NULL),
	OK("quota", "'quota':-1"),
	BAD("quota", "'quota':-2", NULL),
	OK("period", "'period':1000000"),
	BAD("period", "'period':1000001", NULL),
	OK("burst", "'burst':0"),
	BAD("burst", "'burst':-1", NULL),
	OK("cpus", "'cpus':'0-1'"),
	BAD("cpus", "'cpus':'0\\n1'", NULL),
	OK("mems", "'mems':''"),
	BAD("mems", "'mems':'a'", NULL),
	OK("idle", "'idle':1"),
	BAD("idle", "'idle':2", NULL),
	OK("realtimeRuntime", "'realtimeRuntime':0"),
	OFF("realtimeRuntime", "'realtimeRuntime':950000", NULL),
	OK("realtimePeriod", "'realtimePeriod':0"),
	OFF("realtimePeriod", "'realtimePeriod':1000000", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_pids[] = {
	OK("limit", "'limit':-1"),
	BAD("limit", "", NULL),
	BAD("limit", "'limit':-2", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_block_io[] = {
	OK("weight", "'weight':10"),
	BAD("weight", "'weight':1001", NULL),
	BAD("weight", "'weight':9", "@linux.resources.blockIO"),
	OK("leafWeight", "'leafWeight':0"),
	OFF("leafWeight", "'leafWeight':10", NULL),
	OK("weightDevice", "'weightDevice':[]"),
	BAD("weightDevice", "'weightDevice':{}", NULL),
	OK("throttleReadBpsDevice", "'throttleReadBpsDevice':[]"),
	BAD("throttleReadBpsDevice", "'throttleReadBpsDevice':{}", NULL),
	OK("throttleWriteBpsDevice", "'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':1}]"),
	BAD("throttleWriteBpsDevice", "'throttleWriteBpsDevice':7", NULL),
	OK("throttleReadIOPSDevice", "'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':1}]"),
	BAD("throttleReadIOPSDevice", "'throttleReadIOPSDevice':7", NULL),
	OK("throttleWriteIOPSDevice", "'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':1}]"),
	BAD("throttleWriteIOPSDevice", "'throttleWriteIOPSDevice':7", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_weight_device[] = {
	OK("major", "'major':4095,'minor':0"),
	BAD("major", "'major':4096,'minor':0", NULL),
	OK("minor", "'major':8,'minor':1048575"),
	BAD("minor", "'major':8", ": is missing"),
	OK("weight", "'major':8,'minor':0,'weight':1000"),
	BAD("weight", "'major':8,'minor':0,'weight':1", "@linux.resources.blockIO"),
	OK("leafWeight", "'major':8,'minor':0,'leafWeight':0"),
	OFF("leafWeight", "'major':8,'minor':0,'leafWeight':10", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_throttle[] = {
	OK("major", "'major':0,'minor':0"),
	BAD("major", "'minor':0", ": is missing"),
	OK("minor", "'major':0,'minor':1"),
	BAD("minor", "'major':0,'minor':-1", NULL),
	OK("rate", "'major':0,'minor':1,'rate':18446744073709551615"),
	BAD("rate", "'major':0,'minor':1,'rate':'1'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_hugepage_limits[] = {
	OK("pageSize", "'pageSize':'1GB','limit':0"),
	BAD("pageSize", "'pageSize':'2MiB','limit':0", NULL),
	BAD("pageSize", "'pageSize':'02MB','limit':0", NULL),
	BAD("pageSize", "'pageSize':'2','limit':0", NULL),
	OK("limit", "'pageSize':'2MB','limit':18446744073709551615"),
	BAD("limit", "'pageSize':'2MB'", ": is missing"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_rdma[] = {
	OK("hcaHandles", "'hcaHandles':3"),
	BAD("hcaHandles", "'hcaHandles':4294967296", NULL),
	OK("hcaObjects", "'hcaObjects':10000"),
	BAD("hcaObjects", "'hcaObjects':-1", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_resources_devices[] = {
	OK("allow", "'allow':true,'access':'r'"),
	BAD("allow", "'access':'r'", ": is missing"),
	OK("type", "'allow':true,'type':'a'"),
	BAD("type", "'allow':true,'type':'p'", NULL),
	OK("major", "'allow':true,'type':'c','major':-1"),
	BAD("major", "'allow':true,'type':'c','major':-2", NULL),
	OK("minor", "'allow':true,'type':'c','minor':3"),
	BAD("minor", "'allow':true,'type':'c','minor':'*'", NULL),
	OK("access", "'allow':true,'access':'rwm'"),
	BAD("access", "'allow':true,'access':'rx'", NULL),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_seccomp[] = {
	OK("defaultAction", "'defaultAction':'SCMP_ACT_LOG'"),
	BAD("defaultAction", "'defaultAction':'SCMP_ACT_MAYBE'", NULL),
	BAD("defaultAction", "'flags':[]", NULL),
	BAD("defaultAction", "'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/s'", NULL),
	OK("defaultErrnoRet", "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38"),
	BAD("defaultErrnoRet", "'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':38", NULL),
	BAD("defaultErrnoRet", "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096", NULL),
	OK("architectures", "'defaultAction':'SCMP_ACT_ALLOW',"
		"'architectures':['SCMP_ARCH_X86','SCMP_ARCH_LOONGARCH64']"),
	BAD("architectures", "'defaultAction':'SCMP_ACT_ALLOW',"
		"'architectures':['SCMP_ARCH_VAX']", "[0]: \"SCMP_ARCH_VAX\""),
	OK("flags", "'defaultAction':'SCMP_ACT_ALLOW',"
		"'flags':['SECCOMP_FILTER_FLAG_SPEC_ALLOW',"
		"'SECCOMP_FILTER_FLAG_TSYNC']"),
	BAD("flags", "'defaultAction':'SCMP_ACT_ALLOW',"
		"'flags':['SECCOMP_FILTER_FLAG_NEW_LISTENER']", "[0]"),
	OK("listenerPath",
		"'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s',"
		"'syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_NOTIFY'}]"),
	BAD("listenerPath", "'defaultAction':'SCMP_ACT_ALLOW',"
		"'syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_NOTIFY'}]", NULL),
	OK("listenerMetadata",
		"'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s',"
		"'listenerMetadata':'x'"),
	BAD("listenerMetadata", "'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'x'", NULL),
	OK("syscalls", "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[]"),
	BAD("syscalls", "'defaultAction':'SCMP_ACT_ALLOW','syscalls':{}", NULL),
	BAD("syscalls",
		"'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s',"
		"'syscalls':[{'names':['write'],'action':'SCMP_ACT_NOTIFY'}]", "[0].names"),
	BAD("syscalls",
		"'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s',"
		"'syscalls':[{'names':['read'],'action':'SCMP_ACT_NOTIFY'}]", "[0].names"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_seccomp_syscalls[] = {
	OK("names", "'names':['read','no_such_call'],'action':'SCMP_ACT_KILL'"),
	BAD("names", "'names':[],'action':'SCMP_ACT_KILL'", ": is empty"),
	BAD("names", "'action':'SCMP_ACT_KILL'", ": is missing"),
	OK("action", "'names':['read'],'action':'SCMP_ACT_KILL_PROCESS'"),
	BAD("action", "'names':['read'],'action':'SCMP_ACT_STOP'", ": \"SCMP_ACT_STOP\""),
	OK("errnoRet", "'names':['read'],'action':'SCMP_ACT_TRACE','errnoRet':65535"),
	BAD("errnoRet", "'names':['read'],'action':'SCMP_ACT_KILL','errnoRet':1", NULL),
	BAD("errnoRet", "'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':65536", NULL),
	BAD("args", "'names':['read'],'action':'SCMP_ACT_KILL','args':7", NULL),
	OK("args",
		"'names':['read'],'action':'SCMP_ACT_KILL','args':[{'index':0,"
		"'value':1,'op':'SCMP_CMP_EQ'}]"),
	{ NULL, NULL, 0, NULL },
};

static const struct row_case cases_linux_seccomp_syscalls_args[] = {
	OK("index", "'index':5,'value':1,'op':'SCMP_CMP_EQ'"),
	BAD("index", "'index':6,'value':1,'op':'SCMP_CMP_EQ'", NULL),
	OK("value", "'index':0,'value':18446744073709551615,'op':'SCMP_CMP_NE'"),
	BAD("value", "'index':0,'value':-1,'op':'SCMP_CMP_NE'", NULL),
	OK("valueTwo", "'index':0,'value':3,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'"),
	BAD("valueTwo", "'index':0,'value':3,'valueTwo':'1','op':'SCMP_CMP_MASKED_EQ'", NULL),
	OK("op", "'index':0,'value':3,'op':'SCMP_CMP_GE'"),
	BAD("op", "'index':0,'value':3,'op':'=='", ": \"==\""),
	{ NULL, NULL, 0, NULL },
};

const struct row_group row_groups[] = {
	{ "", TEXT_TOP, "", "",
	  "", cases_document },
	{ "root", TEXT_TOP, "'root':{", "}",
	  "root.", cases_root },
	{ "hooks", TEXT_TOP, "'hooks':{", "}",
	  "hooks.", cases_hooks },
	{ "hooks.prestart", TEXT_TOP, "'hooks':{'prestart':[{", "}]}",
	  "hooks.prestart[0].", cases_hooks_prestart },
	{ "process", TEXT_PROCESS, "", "",
	  "process.", cases_process },
	{ "process.consoleSize", TEXT_PROCESS, "'consoleSize':{", "}",
	  "process.consoleSize.", cases_process_console_size },
	{ "process.user", TEXT_PROCESS, "'user':{", "}",
	  "process.user.", cases_process_user },
	{ "process.capabilities", TEXT_PROCESS, "'capabilities':{", "}",
	  "process.capabilities.", cases_process_capabilities },
	{ "process.ioPriority", TEXT_PROCESS, "'ioPriority':{", "}",
	  "process.ioPriority.", cases_process_io_priority },
	{ "process.scheduler", TEXT_PROCESS, "'scheduler':{", "}",
	  "process.scheduler.", cases_process_scheduler },
	{ "process.execCPUAffinity", TEXT_PROCESS, "'execCPUAffinity':{", "}",
	  "process.execCPUAffinity.", cases_process_exec_cpuaffinity },
	{ "process.rlimits", TEXT_PROCESS, "'rlimits':[{", "}]",
	  "process.rlimits[0].", cases_process_rlimits },
	{ "mounts", TEXT_MOUNT, "", "",
	  "mounts[0].", cases_mounts },
	{ "linux", TEXT_LINUX, "", "",
	  "linux.", cases_linux },
	{ "linux.namespaces", TEXT_LINUX, "'namespaces':[{", "}]",
	  "linux.namespaces[0].", cases_linux_namespaces },
	{ "mounts.uidMappings", TEXT_LINUX, "", "",
	  "linux.uidMappings[0].", cases_mounts_uid_mappings },
	{ "linux.timeOffsets", TEXT_LINUX, TIME_NS ",'timeOffsets':{", "}",
	  "linux.timeOffsets.", cases_linux_time_offsets },
	{ "linux.timeOffsets.boottime", TEXT_LINUX, TIME_NS ",'timeOffsets':{'boottime':{", "}}",
	  "linux.timeOffsets.boottime.", cases_linux_time_offsets_boottime },
	{ "linux.devices", TEXT_LINUX, "'devices':[{", "}]",
	  "linux.devices[0].", cases_linux_devices },
	{ "linux.netDevices", TEXT_LINUX, NS ",'netDevices':{'eth0':{", "}}",
	  "linux.netDevices.eth0.", cases_linux_net_devices },
	{ "linux.memoryPolicy", TEXT_LINUX, "'memoryPolicy':{", "}",
	  "linux.memoryPolicy.", cases_linux_memory_policy },
	{ "linux.personality", TEXT_LINUX, "'personality':{", "}",
	  "linux.personality.", cases_linux_personality },
	{ "linux.resources", TEXT_RESOURCES, "", "",
	  "linux.resources.", cases_linux_resources },
	{ "linux.resources.memory", TEXT_RESOURCES, "'memory':{", "}",
	  "linux.resources.memory.", cases_linux_resources_memory },
	{ "linux.resources.cpu", TEXT_RESOURCES, "'cpu':{", "}",
	  "linux.resources.cpu.", cases_linux_resources_cpu },
	{ "linux.resources.pids", TEXT_RESOURCES, "'pids':{", "}",
	  "linux.resources.pids.", cases_linux_resources_pids },
	{ "linux.resources.blockIO", TEXT_RESOURCES, "'blockIO':{", "}",
	  "linux.resources.blockIO.", cases_linux_resources_block_io },
	{ "linux.resources.blockIO.weightDevice", TEXT_RESOURCES,
	  "'blockIO':{'weightDevice':[{", "}]}",
	  "linux.resources.blockIO.weightDevice[0].", cases_weight_device },
	{ "linux.resources.blockIO.throttleReadBpsDevice", TEXT_RESOURCES,
	  "'blockIO':{'throttleReadBpsDevice':[{", "}]}",
	  "linux.resources.blockIO.throttleReadBpsDevice[0].", cases_throttle },
	{ "linux.resources.hugepageLimits", TEXT_RESOURCES, "'hugepageLimits':[{", "}]",
	  "linux.resources.hugepageLimits[0].", cases_linux_resources_hugepage_limits },
	{ "linux.resources.rdma", TEXT_RESOURCES, "'rdma':{'mlx5_1':{", "}}",
	  "linux.resources.rdma.mlx5_1.", cases_linux_resources_rdma },
	{ "linux.resources.devices", TEXT_RESOURCES, "'devices':[{", "}]",
	  "linux.resources.devices[0].", cases_linux_resources_devices },
	{ "linux.seccomp", TEXT_SECCOMP, "", "",
	  "linux.seccomp.", cases_linux_seccomp },
	{ "linux.seccomp.syscalls", TEXT_SECCOMP,
	  "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{", "}]",
	  "linux.seccomp.syscalls[0].", cases_linux_seccomp_syscalls },
	{ "linux.seccomp.syscalls.args", TEXT_SECCOMP,
	  "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
	  "'action':'SCMP_ACT_KILL','args':[{", "}]}]",
	  "linux.seccomp.syscalls[0].args[0].", cases_linux_seccomp_syscalls_args },
	{ NULL, TEXT_TOP, NULL, NULL, NULL, NULL },
};
/* clang-format on */
