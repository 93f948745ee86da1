using Federation.Api.Validation;

namespace Federation.Api.Metrics;

/// <summary>Metrics are measured, never written: there is nothing to default or to refuse.</summary>
internal sealed class MetricsRules : KindRules
{
    public override NameFormat NameFormat => NameFormat.Subdomain;
}
