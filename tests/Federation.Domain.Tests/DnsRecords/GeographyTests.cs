using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Domain.DnsRecords;

namespace Federation.Domain.Tests.DnsRecords;

public sealed class GeographyTests
{
    private static readonly Geography World = new(
    [
        Region("ap-south", 19.1, 72.9),
        Region("eu-north", 59.3, 18.1),
        Region("eu-west", 53.3, -6.3),
        Region("sa-east", -23.5, -46.6) with { Spec = new RegionSpec { Location = At(-23.5, -46.6), Nearest = ["us-east", "nowhere"] } },
        Region("us-east", 39.0, -77.5),
        Region("us-west", 37.4, -122.1),
        new Region { Metadata = new ObjectMeta { Name = "lab" }, Spec = new RegionSpec { Nearest = ["eu-north"], ClientNetworks = ["10.0.0.0/8"], ClientCountries = ["AQ"] } },
    ]);

    [Theory]
    [InlineData("eu-west", "eu-west eu-north us-east ap-south us-west sa-east")]
    [InlineData("us-west", "us-west us-east eu-west eu-north sa-east ap-south")]
    [InlineData("sa-east", "sa-east us-east nowhere eu-west us-west eu-north ap-south")]
    [InlineData("lab", "lab eu-north")]
    [InlineData("unheard-of", "unheard-of")]
    public void Order_WhatPeopleSaidThenDistance(string region, string order) => string.Join(' ', World.Order(region)).ShouldBe(order);

    // Fiji is nearer to California than its longitude says: the globe is round.
    [Theory]
    [InlineData(48.9, 2.4, "eu-west")]
    [InlineData(-18.1, 178.4, "us-west")]
    [InlineData(35.7, 139.7, "ap-south")]
    public void Nearest_IsByDistanceOnTheGlobe(double latitude, double longitude, string region) => World.Nearest(At(latitude, longitude)).ShouldBe(region);

    [Fact]
    public void OfCountry_OnlyWhatIsClaimed()
    {
        World.OfCountry("AQ").ShouldBe("lab");
        World.OfCountry("FR").ShouldBeNull();
        World.Networks.ShouldBe([("lab", "10.0.0.0/8")]);
    }

    private static Region Region(string name, double latitude, double longitude) =>
        new() { Metadata = new ObjectMeta { Name = name }, Spec = new RegionSpec { Location = At(latitude, longitude) } };

    private static GeoLocation At(double latitude, double longitude) => new() { Latitude = latitude, Longitude = longitude };
}
