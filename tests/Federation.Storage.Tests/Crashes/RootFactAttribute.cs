namespace Federation.Storage.Tests.Crashes;

/// <summary>A test that mounts a small file system, which only root may.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "Only root can mount the small disk that this test fills.";
    }
}
