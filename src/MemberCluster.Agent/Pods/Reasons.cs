using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Why a work does not converge, in the words that statuses, waiting containers and events use.</summary>
internal static class Reasons
{
    public const string ChecksumDiffers = "ChecksumDiffers";
    public const string ConfigMapMissing = "ConfigMapMissing";
    public const string ContainerCreating = "ContainerCreating";
    public const string CopyFailed = "CopyFailed";
    public const string CrashLoopBackOff = "CrashLoopBackOff";
    public const string DataDirectoryFailed = "DataDirectoryFailed";
    public const string DiskFull = "DiskFull";
    public const string EngineUnavailable = "EngineUnavailable";
    public const string EpochPassed = "EpochPassed";
    public const string FailedPostStartHook = "FailedPostStartHook";
    public const string FailedPreStopHook = "FailedPreStopHook";
    public const string Fenced = "Fenced";
    public const string ImageNotFound = "ImageNotFound";
    public const string ImagePullFailed = "ImagePullFailed";
    public const string InvalidImageName = "InvalidImageName";
    public const string InvalidSpec = "InvalidSpec";
    public const string NoSpace = "NoSpace";
    public const string NotAllowed = "NotAllowed";
    public const string PermissionDenied = "PermissionDenied";
    public const string PetDisturbed = "PetDisturbed";
    public const string PetNotAsked = "PetNotAsked";
    public const string PetNotGone = "PetNotGone";
    public const string PetNotRunning = "PetNotRunning";
    public const string PortUnavailable = "PortUnavailable";
    public const string RunFailed = "RunFailed";
    public const string SecretMissing = "SecretMissing";
    public const string SecretsNeedTmpfs = "SecretsNeedTmpfs";
    public const string SourceAway = "SourceAway";
    public const string StartFailed = "StartFailed";
    public const string VolumesExist = "VolumesExist";
    public const string VolumeUnfinished = "VolumeUnfinished";
    public const string WatchdogMissing = "WatchdogMissing";

    public static string Of(RuntimeException exception) => exception.Reason ?? exception.Failure switch
    {
        RuntimeFailure.ImageNotFound => ImageNotFound,
        RuntimeFailure.InvalidImageName => InvalidImageName,
        RuntimeFailure.PullFailed => ImagePullFailed,
        RuntimeFailure.StartFailed => StartFailed,
        RuntimeFailure.DiskFull => DiskFull,
        RuntimeFailure.PermissionDenied => PermissionDenied,
        RuntimeFailure.EngineUnavailable => EngineUnavailable,
        RuntimeFailure.InvalidRequest => InvalidSpec,
        RuntimeFailure.NotAllowed => NotAllowed,
        _ => RunFailed,
    };

    /// <summary>A ConfigMap, a Secret or a key that appears may end it.</summary>
    public static bool MayEndWithOtherData(string reason) => reason is ConfigMapMissing or SecretMissing or ImagePullFailed or ImageNotFound or InvalidSpec;

    /// <summary>The whole engine has this problem, not one container.</summary>
    public static bool IsOfTheEngine(RuntimeFailure failure) =>
        failure is RuntimeFailure.EngineUnavailable or RuntimeFailure.PermissionDenied or RuntimeFailure.DiskFull;
}
