namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Engine API version, "1.41".</summary>
internal readonly record struct ApiVersion(int Major, int Minor) : IComparable<ApiVersion>
{
    /// <summary>Engine 20.10; older engines lack one-shot stats.</summary>
    public static ApiVersion Oldest { get; } = new(1, 41);

    /// <summary>The newest whose changes have been looked through; engines up to 29 and beyond accept it (their own oldest is 1.44).</summary>
    public static ApiVersion Newest { get; } = new(1, 51);

    public static bool operator <(ApiVersion left, ApiVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(ApiVersion left, ApiVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(ApiVersion left, ApiVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ApiVersion left, ApiVersion right) => left.CompareTo(right) >= 0;

    public int CompareTo(ApiVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public static bool TryParse(string? text, out ApiVersion version)
    {
        version = default;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0 || !int.TryParse(text.AsSpan(0, dot), out var major) || !int.TryParse(text.AsSpan(dot + 1), out var minor))
            return false;
        version = new ApiVersion(major, minor);
        return true;
    }

    /// <summary>The version to speak with an engine whose newest is <paramref name="engine"/>; null when it is too old.</summary>
    public static ApiVersion? Negotiate(ApiVersion engine) =>
        engine < Oldest ? null : engine > Newest ? Newest : engine;

    public override string ToString() => $"{Major}.{Minor}";
}
