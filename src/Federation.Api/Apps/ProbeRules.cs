using Federation.Api.Validation;

namespace Federation.Api.Apps;

internal static class ProbeRules
{
    /// <summary>What runs to its end is not probed: nobody waits for it to serve.</summary>
    public static void Validate(ContainerSpec container, FieldPath path, bool isInit, FieldErrors errors)
    {
        (string Field, Probe? Probe, bool IsReadiness)[] probes =
        [
            ("startupProbe", container.StartupProbe, false), ("readinessProbe", container.ReadinessProbe, true), ("livenessProbe", container.LivenessProbe, false),
        ];
        foreach (var (field, probe, isReadiness) in probes)
        {
            if (probe is not null && isInit)
                errors.Forbidden(path.Child(field), "an init container runs to its end and is not probed");
            else if (probe is not null)
                Validate(probe, container.Ports, path.Child(field), isReadiness, errors);
        }
    }

    private static void Validate(Probe probe, IReadOnlyList<ContainerPort> ports, FieldPath path, bool isReadiness, FieldErrors errors)
    {
        var actions = (probe.HttpGet is null ? 0 : 1) + (probe.TcpSocket is null ? 0 : 1) + (probe.Exec is null ? 0 : 1);
        if (actions == 0)
            errors.Required(path, "must specify one of httpGet, tcpSocket and exec");
        else if (actions > 1)
            errors.Forbidden(path, "may not specify more than one of httpGet, tcpSocket and exec");

        if (probe.HttpGet is { } http)
            ValidateHttp(http, ports, path.Child("httpGet"), errors);
        if (probe.TcpSocket is { } tcp)
            Ports.ValidateReference(tcp.Port, ports, path.Child("tcpSocket", "port"), errors);
        if (probe.Exec is { Command.Count: 0 })
            errors.Required(path.Child("exec", "command"));

        AtLeast(0, probe.InitialDelaySeconds, path.Child("initialDelaySeconds"), errors);
        AtLeast(1, probe.PeriodSeconds, path.Child("periodSeconds"), errors);
        AtLeast(1, probe.TimeoutSeconds, path.Child("timeoutSeconds"), errors);
        AtLeast(1, probe.SuccessThreshold, path.Child("successThreshold"), errors);
        AtLeast(1, probe.FailureThreshold, path.Child("failureThreshold"), errors);
        AtLeast(1, probe.TerminationGracePeriodSeconds, path.Child("terminationGracePeriodSeconds"), errors);
        if (!isReadiness && probe.SuccessThreshold is > 1)
            errors.Invalid(path.Child("successThreshold"), probe.SuccessThreshold, "must be 1");
        if (isReadiness && probe.TerminationGracePeriodSeconds is not null)
            errors.Forbidden(path.Child("terminationGracePeriodSeconds"), "a readiness probe stops nothing");
    }

    public static void ValidateHttp(HttpGetAction http, IReadOnlyList<ContainerPort> ports, FieldPath path, FieldErrors errors)
    {
        Ports.ValidateReference(http.Port, ports, path.Child("port"), errors);
        if (http.Path is { Length: > 0 } at && at[0] != '/')
            errors.Invalid(path.Child("path"), at, "must begin with '/'");
        if (http.Scheme is not (null or "HTTP" or "HTTPS"))
            errors.NotSupported(path.Child("scheme"), http.Scheme, ["HTTP", "HTTPS"]);
        for (var i = 0; i < http.HttpHeaders.Count; i++)
        {
            if (http.HttpHeaders[i].Name.Length == 0)
                errors.Required(path.Child("httpHeaders").Index(i).Child("name"));
        }
    }

    private static void AtLeast(int least, int? value, FieldPath path, FieldErrors errors)
    {
        if (value < least)
            errors.Invalid(path, value.Value, $"must be greater than or equal to {least}");
    }
}
