using Federation.Api.Validation;

namespace Federation.Api.Apps;

internal static class LifecycleRules
{
    private const long LongestSleep = 86_400;

    public static void Validate(ContainerSpec container, FieldPath path, bool isInit, FieldErrors errors)
    {
        if (container.Lifecycle is not { } lifecycle)
            return;
        path = path.Child("lifecycle");
        if (isInit)
        {
            errors.Forbidden(path, "an init container runs to its end and has no hooks");
            return;
        }

        Validate(lifecycle.PostStart, container.Ports, path.Child("postStart"), errors);
        Validate(lifecycle.PreStop, container.Ports, path.Child("preStop"), errors);
    }

    private static void Validate(LifecycleHandler? handler, IReadOnlyList<ContainerPort> ports, FieldPath path, FieldErrors errors)
    {
        if (handler is null)
            return;
        var actions = (handler.Exec is null ? 0 : 1) + (handler.HttpGet is null ? 0 : 1) + (handler.Sleep is null ? 0 : 1);
        if (actions == 0)
            errors.Required(path, "must specify one of exec, httpGet and sleep");
        else if (actions > 1)
            errors.Forbidden(path, "may not specify more than one of exec, httpGet and sleep");

        if (handler.Exec is { Command.Count: 0 })
            errors.Required(path.Child("exec", "command"));
        if (handler.HttpGet is { } http)
            ProbeRules.ValidateHttp(http, ports, path.Child("httpGet"), errors);
        if (handler.Sleep is { Seconds: < 1 or > LongestSleep } sleep)
            errors.Invalid(path.Child("sleep", "seconds"), sleep.Seconds, $"must be between 1 and {LongestSleep}");
    }
}
