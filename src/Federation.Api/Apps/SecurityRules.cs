using Federation.Api.Validation;

namespace Federation.Api.Apps;

/// <summary>As whom containers run, and what they may.</summary>
internal static class SecurityRules
{
    private const string IdRule = "must be between 0 and 2147483647";

    /// <summary>What the kernel keeps for each set of namespaces; every other setting would be the machine's.</summary>
    private static readonly string[] OwnSysctls =
        ["kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"];

    private static readonly string[] OwnSysctlTrees = ["net.", "fs.mqueue."];

    private static readonly string[] UlimitNames =
    [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ];

    private static readonly HashSet<string> CapabilityNames =
    [
        "ALL", "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER",
        "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE",
        "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE",
        "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
    ];

    public static void Validate(PodSecurityContext? security, FieldPath path, FieldErrors errors)
    {
        if (security is null)
            return;
        ValidateUser(security.RunAsUser, security.RunAsGroup, security.RunAsNonRoot, path, errors);
        ValidateId(security.FsGroup, path.Child("fsGroup"), errors);
        for (var i = 0; i < security.SupplementalGroups.Count; i++)
            ValidateId(security.SupplementalGroups[i], path.Child("supplementalGroups").Index(i), errors);

        var names = new HashSet<string>();
        for (var i = 0; i < security.Sysctls.Count; i++)
        {
            var (name, at) = (security.Sysctls[i].Name, path.Child("sysctls").Index(i).Child("name"));
            if (name.Length == 0)
                errors.Required(at);
            else if (!OwnSysctls.Contains(name) && !OwnSysctlTrees.Any(tree => name.StartsWith(tree, StringComparison.Ordinal)))
                errors.Invalid(at, name, "must be a setting of the pod's own namespaces: net.*, fs.mqueue.*, kernel.shm*, kernel.msg* or kernel.sem");
            else if (!names.Add(name))
                errors.Duplicate(at, name);
        }
    }

    public static void Validate(SecurityContext? security, FieldPath path, FieldErrors errors)
    {
        if (security is null)
            return;
        ValidateUser(security.RunAsUser, security.RunAsGroup, security.RunAsNonRoot, path, errors);
        if (security is { AllowPrivilegeEscalation: false, Privileged: true })
            errors.Forbidden(path.Child("allowPrivilegeEscalation"), "cannot be false where privileged is true");
        if (security.Capabilities is { } capabilities)
        {
            ValidateCapabilities(capabilities.Add, path.Child("capabilities", "add"), errors);
            ValidateCapabilities(capabilities.Drop, path.Child("capabilities", "drop"), errors);
        }

        ValidateUlimits(security.Ulimits, path.Child("ulimits"), errors);
    }

    private static void ValidateUser(long? user, long? group, bool? nonRoot, FieldPath path, FieldErrors errors)
    {
        ValidateId(user, path.Child("runAsUser"), errors);
        ValidateId(group, path.Child("runAsGroup"), errors);
        if (nonRoot == true && user == 0)
            errors.Invalid(path.Child("runAsUser"), 0, "is root, which runAsNonRoot forbids");
    }

    private static void ValidateId(long? id, FieldPath path, FieldErrors errors)
    {
        if (id is < 0 or > int.MaxValue)
            errors.Invalid(path, id.Value, IdRule);
    }

    private static void ValidateCapabilities(IReadOnlyList<string> names, FieldPath path, FieldErrors errors)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (!CapabilityNames.Contains(names[i]))
                errors.Invalid(path.Index(i), names[i], "must be a Linux capability in capitals without CAP_, such as NET_BIND_SERVICE, or ALL");
        }
    }

    private static void ValidateUlimits(IReadOnlyList<Ulimit> ulimits, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < ulimits.Count; i++)
        {
            var (ulimit, at) = (ulimits[i], path.Index(i));
            if (ulimit.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (!UlimitNames.Contains(ulimit.Name))
                errors.NotSupported(at.Child("name"), ulimit.Name, UlimitNames);
            else if (!names.Add(ulimit.Name))
                errors.Duplicate(at.Child("name"), ulimit.Name);
            if (ulimit.Soft < -1)
                errors.Invalid(at.Child("soft"), ulimit.Soft, "must be -1 (no bound) or greater than or equal to 0");
            if (ulimit.Hard is { } hard && hard != -1 && (ulimit.Soft == -1 || hard < ulimit.Soft))
                errors.Invalid(at.Child("hard"), hard, "must not be below soft");
        }
    }
}
