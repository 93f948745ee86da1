namespace Federation.Api.Apps;

/// <summary>One line of <c>/etc/hosts</c>.</summary>
public sealed record HostAlias
{
    /// <summary>The address.</summary>
    public string Ip { get; init; } = "";

    /// <summary>Its names.</summary>
    public IReadOnlyList<string> Hostnames { get; init; } = [];
}
